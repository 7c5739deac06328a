#pragma once

// Every table of kernels, best first: X(instruction set, precision, the table's symbol). Declarations and
// the selector are made from it; an instruction set without a table of its own at a precision uses the
// best one below it.

#if defined(__x86_64__)
#define FOVEA_ARCHITECTURE_TABLES(X)                         \
  X(AMX, BFLOAT16, fovea_kernels_amx_bfloat16)               \
  X(AVX512BF16, BFLOAT16, fovea_kernels_avx512bf16_bfloat16) \
  X(AVX512, FLOAT32, fovea_kernels_avx512_float32)           \
  X(AVX512, BFLOAT16, fovea_kernels_avx512_bfloat16)         \
  X(AVX2, FLOAT32, fovea_kernels_avx2_float32)               \
  X(AVX2, BFLOAT16, fovea_kernels_avx2_bfloat16)
#elif defined(__aarch64__)
#define FOVEA_ARCHITECTURE_TABLES(X)           \
  X(NEON, FLOAT32, fovea_kernels_neon_float32) \
  X(NEON, BFLOAT16, fovea_kernels_neon_bfloat16)
#else
#define FOVEA_ARCHITECTURE_TABLES(X)
#endif

#define FOVEA_TABLES(X)                            \
  FOVEA_ARCHITECTURE_TABLES(X)                     \
  X(SCALAR, FLOAT32, fovea_kernels_scalar_float32) \
  X(SCALAR, BFLOAT16, fovea_kernels_scalar_bfloat16)

#define FOVEA_DECLARE_TABLE(isa, precision, symbol) extern const fovea_kernels symbol;
