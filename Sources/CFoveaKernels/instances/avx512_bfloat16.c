#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "../elements/bfloat16.h"
#include "../include/CFoveaKernels.h"

#define TABLE_GRANULARITY 1
#define TILE_ROWS 14
#define TILE_PANELS 2
#define SUMS_ROWS 8
#define APPLY_ROWS 8

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), \
                             apply_to = function)
#include "../vector/avx512.h"
#include "vector.h"

#define TABLE_ISA FOVEA_ISA_AVX512
#define TABLE_SYMBOL fovea_kernels_avx512_bfloat16
#include "table.h"
#pragma clang attribute pop
#endif
