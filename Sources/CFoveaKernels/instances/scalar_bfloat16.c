#include "../elements/bfloat16.h"
#include "reference.h"

#define TABLE_ISA FOVEA_ISA_SCALAR
#define TABLE_SYMBOL fovea_kernels_scalar_bfloat16
#define TABLE_GRANULARITY 1
#include "table.h"
