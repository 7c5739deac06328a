// The core's float32 peak: fused multiply-adds on registers alone.
#include "bench.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
typedef float wide __attribute__((vector_size(64)));
enum { CHAINS = 12 };

static float spin512(size_t steps) {
  wide sums[CHAINS], a = {}, b = {};
  for (int i = 0; i < CHAINS; i++) sums[i] = (wide){} + (float)i;
  a += 0.5f;
  b += 0.25f;
  for (size_t s = 0; s < steps; s++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) {
      sums[i] = __builtin_elementwise_fma(sums[i], a, b);
      __asm__ volatile("" : "+v"(sums[i]));
    }
  }
  wide total = {};
  for (int i = 0; i < CHAINS; i++) total += sums[i];
  return total[0];
}
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
typedef float narrow __attribute__((vector_size(32)));
static float spin256(size_t steps) {
  narrow sums[12], a = {}, b = {};
  for (int i = 0; i < 12; i++) sums[i] = (narrow){} + (float)i;
  a += 0.5f;
  b += 0.25f;
  for (size_t s = 0; s < steps; s++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 12; i++) {
      sums[i] = __builtin_elementwise_fma(sums[i], a, b);
      __asm__ volatile("" : "+x"(sums[i]));
    }
  }
  narrow total = {};
  for (int i = 0; i < 12; i++) total += sums[i];
  return total[0];
}
#pragma clang attribute pop

double peak_gflops(fovea_isa isa) {
  volatile float sink = 0;
  double best = 1e30;
  size_t steps = 20000;
  for (int i = 0; i < 20; i++) {
    double start = seconds();
    sink += isa >= FOVEA_ISA_AVX512 ? spin512(steps) : spin256(steps);
    double took = seconds() - start;
    if (took < best) best = took;
  }
  double operations = isa >= FOVEA_ISA_AVX512 ? 2.0 * 16 * CHAINS : 2.0 * 8 * 12;
  return operations * (double)steps / best * 1e-9;
}
#else
double peak_gflops(fovea_isa isa) { return 0; }
#endif
