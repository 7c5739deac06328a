// Times the kernels: kernel-bench [isa …] [a part of a shape's name …]. Best of many, instruction sets
// alternated.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

void *input, *output, *packed;
float *weights, *bias;

static void fill(const fovea_kernels *k, void *map, size_t n) {
  for (size_t i = 0; i < n; i += 4096) {
    float chunk[4096];
    for (size_t j = 0; j < 4096; j++) chunk[j] = (float)((i + j) * 2654435761u % 1999) / 1000 - 1;
    k->convert_from_float(chunk, (char *)map + i * element_size(k), 4096);
  }
}

typedef struct {
  const fovea_kernels *tables[2 * FOVEA_ISA_COUNT];
  size_t count;
  bool has_avx512;
} contest;

// Whether an argument is what a name is or holds; true where there are none of its kind.
static bool named(int argc, char **argv, const char *name, bool is_isa) {
  bool any = false;
  for (int i = 1; i < argc; i++) {
    bool isa = false;
    for (int j = 0; j < FOVEA_ISA_COUNT; j++) isa |= strcmp(argv[i], fovea_isa_name((fovea_isa)j)) == 0;
    if (isa != is_isa) continue;
    if (is_isa ? strcmp(argv[i], name) == 0 : strstr(name, argv[i]) != NULL) return true;
    any = true;
  }
  return !any;
}

// The best time of each table, the tables alternated, and the core's peak meanwhile.
static double time_shape(const shape *shape, const contest *contest, double *best) {
  double peak = 0;
  for (size_t t = 0; t < contest->count; t++) best[t] = 1e30;
  for (int round = 0; round < 8; round++) {
    double now = contest->has_avx512 ? peak_gflops(FOVEA_ISA_AVX512) : 0;
    if (now > peak) peak = now;
    for (size_t t = 0; t < contest->count; t++) {
      const fovea_kernels *k = contest->tables[t];
      fill(k, input, 4 << 20);
      shape->prepare(k, shape->a, shape->b, shape->c, shape->d);
      shape->run(k);
      double spent = 0;
      for (int i = 0; i < 1000 && spent < 0.004; i++) {
        double start = seconds();
        shape->run(k);
        double took = seconds() - start;
        spent += took;
        if (took < best[t]) best[t] = took;
      }
    }
  }
  return peak;
}

static void time_shapes(const shape *shapes, size_t count, const contest *contest, int argc, char **argv) {
  for (size_t s = 0; s < count; s++) {
    if (!named(argc, argv, shapes[s].name, false)) continue;
    double best[2 * FOVEA_ISA_COUNT], peak = time_shape(&shapes[s], contest, best);
    printf("%-40s", shapes[s].name);
    for (size_t t = 0; t < contest->count; t++) printf("%15.1f", shapes[s].operations / best[t] * 1e-9);
    printf("   of %.0f\n", peak);
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  fovea_machine machine = fovea_machine_detect();
  contest contest = {.has_avx512 = machine.avx512};
  for (int precision = FOVEA_FLOAT32; precision <= FOVEA_BFLOAT16; precision++) {
    for (int isa = FOVEA_ISA_NEON; isa < FOVEA_ISA_COUNT; isa++) {
      const fovea_kernels *k = fovea_kernels_for((fovea_isa)isa, (fovea_precision)precision);
      bool wanted = named(argc, argv, fovea_isa_name((fovea_isa)isa), true);
      if (wanted && k && (int)k->isa == isa && fovea_isa_supported(k->isa, &machine))
        contest.tables[contest.count++] = k;
    }
  }
  size_t bytes = 64u << 20;
  input = aligned_alloc(64, bytes), output = aligned_alloc(64, bytes), packed = aligned_alloc(64, bytes);
  weights = aligned_alloc(64, bytes), bias = aligned_alloc(64, 1 << 20);
  memset(output, 0, bytes), memset(packed, 0, bytes);
  printf("%s\nfloat32 peak of this core, GFLOP/s:", machine.model);
  printf(" %s %.1f", "avx2", peak_gflops(FOVEA_ISA_AVX2));
  if (machine.avx512) printf(" avx512 %.1f", peak_gflops(FOVEA_ISA_AVX512));
  printf("\n%-40s", "GFLOP/s");
  for (size_t t = 0; t < contest.count; t++) {
    const fovea_kernels *k = contest.tables[t];
    printf("%11s %s", fovea_isa_name(k->isa), k->precision == FOVEA_FLOAT32 ? "f32" : "b16");
  }
  printf("\n");
  time_shapes(inference_shapes, inference_shape_count, &contest, argc, argv);
  time_shapes(training_shapes, training_shape_count, &contest, argc, argv);
  return 0;
}
