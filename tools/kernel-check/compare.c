// Where what a kernel gave differs from what the reference gave.
#include "check.h"

static void fail(subject *s, const char *what, size_t r, size_t c, double found, double wanted,
                 double tolerance) {
  if (++s->failures > 20) return;
  printf("%s: %s [%zu, %zu]: %g, not %g ± %g\n", s->name, what, r, c, found, wanted, tolerance);
}

// A double, a float, or a bfloat16, by its size.
static double number(const char *at, size_t size) {
  if (size == sizeof(double)) {
    double value;
    memcpy(&value, at, size);
    return value;
  }
  uint32_t bits = 0;
  memcpy((char *)&bits + sizeof bits - size, at, size);
  float value;
  memcpy(&value, &bits, sizeof value);
  return (double)value;
}

static bool agree(const subject *s, double found, double wanted, double allowed) {
  if (isfinite(wanted)) return fabs(found - wanted) <= allowed;
  return s->takes_infinities && (found == wanted || (isnan(found) && isnan(wanted)));
}

// One tolerance, or one of every number: `step` is 0 or 1.
typedef struct {
  size_t size;
  const double *absolute;
  size_t step;
  double relative;
} leeway;

static void compare_blocks(subject *s, const char *what, const void *found, const void *wanted, leeway by) {
  const frame *of = frame_of(found);
  size_t columns = of->width / by.size;
  s->comparisons++;
  check_margins(s, what, found);
  for (size_t r = 0; r < of->rows; r++) {
    for (size_t c = 0; c < columns; c++) {
      size_t at = r * of->stride + c * by.size;
      double a = number((const char *)found + at, by.size), b = number((const char *)wanted + at, by.size);
      double allowed = by.absolute[by.step * (r * columns + c)] + by.relative * fabs(b);
      if (!agree(s, a, b, allowed)) return fail(s, what, r, c, a, b, allowed);
    }
  }
}

void compare(subject *s, const char *what, const void *found, const void *wanted, double tolerance) {
  compare_blocks(s, what, found, wanted, (leeway){s->size, &tolerance, 0, 2 * s->roundoff});
}

// Below e⁻⁸⁰ an exponential may be 0.
void compare_relatively(subject *s, const char *what, const void *found, const void *wanted,
                        double relative) {
  const double vanishing = 0x1p-115;
  compare_blocks(s, what, found, wanted, (leeway){s->size, &vanishing, 0, relative + 2 * s->roundoff});
}

void compare_each(subject *s, const char *what, const void *found, const void *wanted,
                  const double *tolerances) {
  compare_blocks(s, what, found, wanted, (leeway){s->size, tolerances, 1, 2 * s->roundoff});
}

void compare_exactly(subject *s, const char *what, const void *found, const void *wanted) {
  const double none = 0;
  compare_blocks(s, what, found, wanted, (leeway){s->size, &none, 0, 0});
}

void compare_floats(subject *s, const char *what, const float *found, const float *wanted, double tolerance) {
  compare_blocks(s, what, found, wanted, (leeway){sizeof(float), &tolerance, 0, 0});
}

void compare_doubles(subject *s, const char *what, const double *found, const double *wanted,
                     double tolerance) {
  compare_blocks(s, what, found, wanted, (leeway){sizeof(double), &tolerance, 0, 0});
}

void compare_number(subject *s, const char *what, double found, double wanted, double tolerance) {
  s->comparisons++;
  if (!agree(s, found, wanted, tolerance)) fail(s, what, 0, 0, found, wanted, tolerance);
}

// Each side is off by half a unit a term of what was summed until then, and by a few for each term's own
// error.
double sum_tolerance(size_t terms, double size) {
  return 4 * 0x1p-24 * (double)(terms + 8) * (double)(terms + 1) * size;
}

double double_tolerance(size_t terms, double size) { return 0x1p-29 * sum_tolerance(terms, size); }
