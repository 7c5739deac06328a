#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "../elements/bfloat16.h"
#include "../include/CFoveaKernels.h"

#define FOVEA_VECTOR_HAS_BFLOAT16 1
#define TABLE_GRANULARITY 32
#define TILE_ROWS 14
#define TILE_PANELS 2
#define SUMS_ROWS 8
#define APPLY_ROWS 8

#pragma clang attribute push(                                                                            \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,amx-tile,amx-bf16"))), \
    apply_to = function)
#include "../vector/avx512.h"
#include "vector.h"
#include "../outer-sums/amx.h"
#include "../product/amx.h"

#define TABLE_ISA FOVEA_ISA_AMX
#define TABLE_PRODUCT amx_product
#define TABLE_OUTER_SUMS amx_outer_sums
#define TABLE_SYMBOL fovea_kernels_amx_bfloat16
#include "table.h"
#pragma clang attribute pop
#endif
