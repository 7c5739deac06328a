#include "check.h"

enum { KINDS = 10 };

// A weight of row `kind`, of noise from 0 to 1: even, of a heavy tail, nearly equal, signed, with zeros and
// great, equal, small; and three rows that have no concentration: zeros, with an infinity, with a NaN.
static float weight(size_t kind, size_t c, float even) {
  switch (kind) {
    case 0: return even;
    case 1: return powf(even, 12);
    case 2: return 1 + 1e-3f * even;
    case 3: return 1.2f * even - 1;
    case 4: return even < 0.5f ? 0 : even * 0x1p60f;
    case 5: return 0.25f;
    case 6: return even * even * even * 0x1p-60f;
    case 7: return 0;
    case 8: return c ? even : INFINITY;
    default: return c ? even : NAN;
  }
}

static float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// What bins may cost the Gini coefficient of a row: Σ_b c_b² δ_b / 6 over those of y + 2⁻¹¹, 32 to an octave,
// as a share of n · Σ|w|.
static double binning(const float *row, size_t columns, double size) {
  enum { SHIFT = 18, BINS = 12 * 32 };
  const uint32_t first = 0x3a000000 >> SHIFT;  // of 2⁻¹¹
  float least = INFINITY, greatest = 0;
  for (size_t c = 0; c < columns; c++)
    least = fminf(least, fabsf(row[c])), greatest = fmaxf(greatest, fabsf(row[c]));
  if (!(greatest > least)) return 0;
  size_t counts[BINS + 1] = {};
  for (size_t c = 0; c < columns; c++) {
    float y = (fabsf(row[c]) - least) / (greatest - least) + 0x1p-11f;
    uint32_t bits;
    memcpy(&bits, &y, sizeof bits);
    counts[(bits >> SHIFT) - first] += 1;
  }
  double sum = 0;
  for (uint32_t b = 0; b <= BINS; b++) {
    if (counts[b] < 2) continue;
    double width = (double)float_of((first + b + 1) << SHIFT) - (double)float_of((first + b) << SHIFT);
    // rounding may move a weight at an edge into the next bin
    sum += (double)(counts[b] + 1) * (double)(counts[b] + 1) * width;
  }
  return sum * ((double)greatest - (double)least) / (6 * (double)columns * size);
}

// One row: the reference takes its definitions in float64, the vector kernels sums in float32.
static void compare_row(subject *s, const float *row, size_t columns, const fovea_concentration *found,
                        const fovea_concentration *wanted) {
  double size = 0;
  for (size_t c = 0; c < columns; c++) size += fabs((double)row[c]);
  // runs of 2048 columns, of which at most 1024 are in one sum of the narrowest vectors
  double unit = 0x1p-24 * (double)((columns < 1024 ? columns : 1024) + 16);
  compare_number(s, "sum", found->sum, wanted->sum, isfinite(size) ? unit * size : 0);
  compare_number(s, "size", found->size, wanted->size, unit * wanted->size);
  // a logarithm is within 2⁻¹⁸
  compare_number(s, "entropy", found->entropy, wanted->entropy, 4 * unit + 0x1p-18);
  compare_number(s, "distance", found->away, wanted->away, 2 * unit * 100);
  for (int t = 0; t < 2; t++) compare_number(s, "top weights", found->top[t], wanted->top[t], 2 * unit);
  double limit = wanted->size > 0 ? binning(row, columns, size) + 2 * unit : 0;
  compare_number(s, "gini", found->gini, wanted->gini, limit);
}

static void check_concentrate(subject *s, size_t columns, bool placed, size_t top, size_t more) {
  size_t stride = columns + 5;
  float *input = make_float_rows(KINDS, columns, stride, 0, 1, (uint32_t)columns);
  float *distances = make_float_rows(KINDS, columns, columns + 3, 0, 100, 2);
  for (size_t r = 0; r < KINDS; r++) {
    for (size_t c = 0; c < columns; c++) input[r * stride + c] = weight(r, c, input[r * stride + c]);
  }
  fovea_concentration *outputs[2];
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_block((frame){1, KINDS * sizeof **outputs, 0}, 16);
    void *scratch = make_block((frame){1, fovea_concentration_scratch(columns), 0}, 64);
    (i ? s->scalar : s->kernels)
        ->concentrate(&(fovea_concentrate){.rows = KINDS,
                                           .columns = columns,
                                           .input = input,
                                           .input_stride = stride,
                                           .distances = placed ? distances : NULL,
                                           .distances_stride = columns + 3,
                                           .top = {top, more},
                                           .scratch = scratch,
                                           .output = outputs[i]});
    check_margins(s, "scratch of concentration", scratch);
    release(scratch);
  }
  check_margins(s, "concentration", outputs[0]);
  s->takes_infinities = true;
  for (size_t r = 0; r < KINDS; r++)
    compare_row(s, input + r * stride, columns, &outputs[0][r], &outputs[1][r]);
  s->takes_infinities = false;
  release(input), release(distances), release(outputs[0]), release(outputs[1]);
}

void check_concentration(subject *s) {
  static const size_t columns[] = {1,  2,  3,  4,   5,    7,    8,    9,    15,   16,
                                   17, 31, 33, 127, 1000, 2047, 2048, 2049, 5003, (1 << 17) + 19};
  for (size_t i = 0; i < COUNT(columns); i++) {
    size_t n = columns[i];
    check_concentrate(s, n, true, (n + 99) / 100, (n + 9) / 10);
    check_concentrate(s, n, false, 0, n);
  }
}
