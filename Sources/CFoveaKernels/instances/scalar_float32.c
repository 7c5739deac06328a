#include "../elements/float32.h"
#include "reference.h"

#define TABLE_ISA FOVEA_ISA_SCALAR
#define TABLE_SYMBOL fovea_kernels_scalar_float32
#define TABLE_GRANULARITY 1
#include "table.h"
