#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "../elements/bfloat16.h"
#include "../include/CFoveaKernels.h"

#define TABLE_GRANULARITY 1
#define TILE_ROWS 6
#define TILE_PANELS 1
#define SUMS_ROWS 4
#define APPLY_ROWS 4

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "../vector/avx2.h"
#include "vector.h"

#define TABLE_ISA FOVEA_ISA_AVX2
#define TABLE_SYMBOL fovea_kernels_avx2_bfloat16
#include "table.h"
#pragma clang attribute pop
#endif
