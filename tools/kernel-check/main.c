// kernel-check: runs every table that this machine supports; the exit status says whether all agreed.
#include "check.h"

float noise(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return (float)(*seed >> 8) / (float)(1 << 23) - 1;
}

void *make_map(const subject *s, size_t rows, size_t channels, size_t stride, uint32_t seed) {
  size_t count = rows ? (rows - 1) * stride + channels : 0;
  float *values = make_floats(count, -1, 1, seed);
  void *map = malloc(count * s->size + !count);
  s->scalar->convert_from_float(values, map, count);
  free(values);
  return map;
}

float *make_floats(size_t count, float low, float high, uint32_t seed) {
  float *values = malloc(count * sizeof(float) + !count);
  for (size_t i = 0; i < count; i++) values[i] = low + (high - low) * (noise(&seed) + 1) / 2;
  return values;
}

static void fail(subject *s, const char *what, size_t r, size_t c, double found, double wanted,
                 double tolerance) {
  if (++s->failures > 20) return;
  printf("%s: %s [%zu, %zu]: %g, not %g ± %g\n", s->name, what, r, c, found, wanted, tolerance);
}

void compare(subject *s, const char *what, const void *found, const void *wanted, size_t rows,
             size_t channels, size_t stride, double tolerance) {
  s->comparisons++;
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = 0; c < channels; c++) {
      float a, b;
      s->scalar->convert_to_float((const char *)found + (r * stride + c) * s->size, &a, 1);
      s->scalar->convert_to_float((const char *)wanted + (r * stride + c) * s->size, &b, 1);
      double allowed = tolerance + 2 * s->roundoff * fabs(b);
      if (!(fabs((double)a - b) <= allowed)) return fail(s, what, r, c, a, b, allowed);
    }
  }
}

void compare_floats(subject *s, const char *what, const float *found, const float *wanted, size_t count,
                    double tolerance) {
  s->comparisons++;
  for (size_t i = 0; i < count; i++) {
    if (!(fabsf(found[i] - wanted[i]) <= tolerance))
      return fail(s, what, 0, i, found[i], wanted[i], tolerance);
  }
}

static size_t check(fovea_isa isa, fovea_precision precision, const fovea_machine *machine) {
  const fovea_kernels *kernels = fovea_kernels_for(isa, precision);
  if (!kernels || kernels->isa != isa) return 0;
  char name[64];
  snprintf(name, sizeof name, "%s %s", fovea_isa_name(isa),
           precision == FOVEA_FLOAT32 ? "float32" : "bfloat16");
  if (!fovea_isa_supported(isa, machine)) {
    printf("%s: skipped, this machine cannot run it\n", name);
    return 0;
  }
  subject s = {.kernels = kernels,
               .scalar = fovea_kernels_for(FOVEA_ISA_SCALAR, precision),
               .name = name,
               .size = precision == FOVEA_FLOAT32 ? 4 : 2,
               .roundoff = precision == FOVEA_FLOAT32 ? 0x1p-24 : 0x1p-8};
  check_product(&s);
  check_depthwise(&s);
  check_rows(&s);
  check_attention(&s);
  check_resample(&s);
  check_gradients(&s);
  printf("%s: %zu comparisons, %zu failures\n", name, s.comparisons, s.failures);
  return s.failures;
}

int main(void) {
  fovea_machine machine = fovea_machine_detect();
  size_t failures = 0;
  for (int isa = 0; isa < FOVEA_ISA_COUNT; isa++) {
    failures += check((fovea_isa)isa, FOVEA_FLOAT32, &machine);
    failures += check((fovea_isa)isa, FOVEA_BFLOAT16, &machine);
  }
  return failures != 0;
}
