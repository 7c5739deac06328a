#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>

#include "../elements/float32.h"
#include "../include/CFoveaKernels.h"

#define TABLE_GRANULARITY 1
#define TILE_ROWS 6
#define TILE_PANELS 1
#define SUMS_ROWS 8
#define APPLY_ROWS 8

#include "../vector/neon.h"
#include "vector.h"

#define TABLE_ISA FOVEA_ISA_NEON
#define TABLE_SYMBOL fovea_kernels_neon_float32
#include "table.h"
#endif
