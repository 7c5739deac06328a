#pragma once
#include <float.h>
#include <math.h>
#include <string.h>

#include "../include/CFoveaKernels.h"

// Two passes over a row in the first-level cache: its sums and extremes; then logarithms and, as an integer that
// orders the weights, the bits of y + 2⁻¹¹. A scalar pass counts those in bins: a bin is 64 bits wide, holding
// the count above bit 44 and the sum of the bits below, so that one addition keeps both. The count of a bin
// gives its weights' ranks, and the sum their mean.

enum {
  BIN_SHIFT = 18,                          // 2⁵ bins to an octave
  BIN_OCTAVE = 1 << (23 - BIN_SHIFT),
  BIN_OCTAVES = 11,
  BIN_LIMIT = (BIN_OCTAVES + 1) * BIN_OCTAVE,  // the last octave has only y = 1
  BIN_COUNT_SHIFT = 44,
  BIN_CHUNK = 1 << 17,                     // weights whose bits sum to less than 2⁴⁴
};
#define BIN_FLOOR 0x1p-11f

static always_inline float float_of_bits(int32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static always_inline int32_t bits_of_float(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static always_inline vec magnitude(vec x) { return (vec)((ivec)x & 0x7fffffff); }

// log₂ x of a positive normal number within 2⁻¹⁸ + 2⁻²³·|log₂ x|: x = 2ᵉ(1 + t) with √½ ≤ 1 + t < √2, and a
// minimax polynomial of degree 6 for log₂(1 + t).
static always_inline vec binary_logarithm(vec x) {
  ivec shifted = (ivec)x - 0x3f3504f3, exponent = shifted >> 23;
  vec t = (vec)((ivec)x - (exponent << 23)) - splat(1);
  vec p = splat(-0.2066030502319336f);
  p = fused(p, t, splat(0.3221423923969269f));
  p = fused(p, t, splat(-0.36748403310775757f));
  p = fused(p, t, splat(0.4793497323989868f));
  p = fused(p, t, splat(-0.7211322784423828f));
  p = fused(p, t, splat(1.4427133798599243f));
  return fused(p, t, __builtin_convertvector(exponent, vec));
}

typedef struct {
  double sum, size, away;
  float least, greatest;
} weight_sums;

// The sums of a run of columns in float32, then of the runs in double.
enum { WEIGHTS_RUN = 2048 };

static always_inline weight_sums concentration_sums(const float *row, const float *distances, size_t columns,
                                                 bool placed) {
  weight_sums result = {.least = INFINITY};
  vec low = splat(INFINITY), high = splat(0);
  for (size_t start = 0; start < columns; start += WEIGHTS_RUN) {
    size_t end = columns - start < WEIGHTS_RUN ? columns : start + WEIGHTS_RUN;
    vec sum[2] = {}, size[2] = {}, away[2] = {};
    size_t c = start;
    for (; c + 2 * LANES <= end; c += 2 * LANES) {
      unrolled for (size_t v = 0; v < 2; v++) {
        vec w = load_floats(row + c + v * LANES), m = magnitude(w);
        sum[v] += w;
        size[v] += m;
        if (placed) away[v] = fused(m, load_floats(distances + c + v * LANES), away[v]);
        low = minimum(m, low);
        high = maximum(m, high);
      }
    }
    for (; c < end; c += LANES) {
      part lanes = first_lanes(end - c < LANES ? end - c : LANES);
      vec w = keep_part(load_floats_part(row + c, lanes), lanes, splat(0)), m = magnitude(w);
      sum[0] += w;
      size[0] += m;
      if (placed) {
        away[0] = fused(m, keep_part(load_floats_part(distances + c, lanes), lanes, splat(0)), away[0]);
      }
      low = minimum(keep_part(m, lanes, low), low);
      high = maximum(m, high);
    }
    result.sum += reduce_add(sum[0] + sum[1]);
    result.size += reduce_add(size[0] + size[1]);
    if (placed) result.away += reduce_add(away[0] + away[1]);
  }
  result.least = -reduce_max(-low);
  result.greatest = reduce_max(high);
  return result;
}

// Writes the bits of every weight, counted from those of 2⁻¹¹; gives Σ x log₂ x over x = |w| / max.
static always_inline double concentration_bits(const float *row, size_t columns, weight_sums of, int32_t *bits) {
  float inverse = 1 / of.greatest, range = of.greatest - of.least;
  // a row of equal weights is all in the lowest bin
  vec scale = splat(inverse), spread = splat(range > 0 ? 1 / range : 0), least = splat(of.least);
  // x below 2⁻¹⁰⁰ is nothing beside 1, and would be slow where it is denormal
  vec vanishing = splat(fmaxf(of.greatest * 0x1p-100f, FLT_MIN));
  double total = 0;
  for (size_t start = 0; start < columns; start += WEIGHTS_RUN) {
    size_t end = columns - start < WEIGHTS_RUN ? columns : start + WEIGHTS_RUN;
    vec logs = splat(0);
    for (size_t c = start; c < end; c += LANES) {
      bool whole = c + LANES <= end;
      part lanes = first_lanes(whole ? LANES : end - c);
      vec w = whole ? load_floats(row + c) : keep_part(load_floats_part(row + c, lanes), lanes, splat(0));
      vec m = magnitude(w), x = maximum(m, vanishing) * scale;
      vec term = x * binary_logarithm(x);
      logs += whole ? term : keep_part(term, lanes, splat(0));
      ivec key = (ivec)fused(m - least, spread, splat(BIN_FLOOR)) - bits_of_float(BIN_FLOOR);
      if (!whole) key |= ~(ivec)keep_part((vec)(splat(0) == splat(0)), lanes, splat(0));
      memcpy(bits + c, &key, sizeof key);  // the scratch has room past the last column, and −1 there
    }
    total += reduce_add(logs);
  }
  return total;
}

// Adds a chunk of weights to the bins.
static void concentration_count(const int32_t *bits, size_t count, uint64_t *bins) {
#pragma clang loop unroll_count(8)
  for (size_t j = 0; j < count; j++) {
    uint64_t b = (uint32_t)bits[j];
    bins[b >> BIN_SHIFT] += b + (1ull << BIN_COUNT_SHIFT);
  }
}

// Weights of every bin and their sums, in y + 2⁻¹¹; e sums where in their bin they lie, from 0 to 1.
typedef struct {
  _Alignas(64) float counts[BIN_LIMIT], places[BIN_LIMIT];
  double octave_counts[BIN_OCTAVES + 1], octave_sums[BIN_OCTAVES + 1];
} bin_contents;

// The width of an octave's bins; its bin i begins at (32 + i) of them.
static always_inline double bin_width(size_t octave) {
  return (double)float_of_bits((int32_t)(octave << 23) + bits_of_float(BIN_FLOOR)) / BIN_OCTAVE;
}

// Eight bins in float64, or sixteen in float32, on any instruction set.
typedef double bin_doubles __attribute__((vector_size(64), may_alias));
typedef uint64_t bin_words __attribute__((vector_size(64), may_alias));
typedef float bin_halves __attribute__((vector_size(32), may_alias));
typedef float bin_floats __attribute__((vector_size(64), may_alias));

static always_inline double sum_of_bins(const bin_doubles *lanes) {
  bin_doubles x = *lanes;
  return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
}

// Adds the bins to their contents and empties them.
static void concentration_drain(uint64_t *bins, bin_contents *contents) {
  const bin_words empty = {}, below = empty + ((1ull << BIN_COUNT_SHIFT) - 1);
  const bin_doubles step = {0, 1, 2, 3, 4, 5, 6, 7};
  for (size_t octave = 0; octave <= BIN_OCTAVES; octave++) {
    bin_doubles total = {}, offsets = {};
    for (size_t i = 0; i < BIN_OCTAVE; i += 8) {
      size_t at = octave * BIN_OCTAVE + i;
      bin_words bin = *(const bin_words *)(bins + at);
      *(bin_words *)(bins + at) = empty;
      bin_doubles c = __builtin_convertvector(bin >> BIN_COUNT_SHIFT, bin_doubles);
      bin_doubles e = __builtin_convertvector(bin & below, bin_doubles) * (1.0 / (1 << BIN_SHIFT));
      e -= c * (step + (double)at);  // whole numbers below 2⁵³, and so exact
      *(bin_halves *)(contents->counts + at) += __builtin_convertvector(c, bin_halves);
      *(bin_halves *)(contents->places + at) += __builtin_convertvector(e, bin_halves);
      total += c;
      offsets += c * (step + (double)(BIN_OCTAVE + i)) + e;
    }
    contents->octave_counts[octave] += sum_of_bins(&total);
    contents->octave_sums[octave] += sum_of_bins(&offsets) * bin_width(octave);
  }
}

// Σ_{i<j} |y_i − y_j|: between bins by their ranks, within them as if spread evenly about their mean.
static double concentration_pairs(const bin_contents *contents, size_t columns) {
  const bin_floats step = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, zero = {}, one = zero + 1;
  double sum = 0;
  bin_floats below = zero - (float)columns / 2;
  for (size_t octave = 0; octave <= BIN_OCTAVES; octave++) {
    if (contents->octave_counts[octave] == 0) continue;
    bin_floats part = {};
    for (size_t i = 0; i < BIN_OCTAVE; i += 16) {
      bin_floats c = *(const bin_floats *)(contents->counts + octave * BIN_OCTAVE + i);
      bin_floats e = *(const bin_floats *)(contents->places + octave * BIN_OCTAVE + i);
#define BINS_BEFORE(x, ...) __builtin_shufflevector(x, zero, __VA_ARGS__)
      bin_floats upto = c + BINS_BEFORE(c, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
      upto += BINS_BEFORE(upto, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
      upto += BINS_BEFORE(upto, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
      upto += BINS_BEFORE(upto, 16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7);
      part += 2 * (c * (step + (float)(BIN_OCTAVE + i)) + e) * (upto - c * 0.5f + below);
      part += (2.0f / 3) * e * (c - e) * (1 - one / __builtin_elementwise_max(c, one));
      below += BINS_BEFORE(upto, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15);
#undef BINS_BEFORE
    }
    double octave_sum = 0;
    for (size_t i = 0; i < 16; i++) octave_sum += (double)part[i];
    sum += octave_sum * bin_width(octave);
  }
  return sum;
}

// The bin that the last of the `wanted` greatest weights lies in, how many of them lie in it, and Σ y + 2⁻¹¹ of
// those above it.
typedef struct {
  size_t bin, wanted;
  double above;
} bin_threshold;

static bin_threshold concentration_threshold(const bin_contents *contents, size_t wanted) {
  double sum = 0, missing = (double)wanted;
  size_t octave = BIN_OCTAVES, i = BIN_OCTAVE - 1;
  for (; octave > 0 && contents->octave_counts[octave] < missing; octave--) {
    missing -= contents->octave_counts[octave];
    sum += contents->octave_sums[octave];
  }
  const float *counts = contents->counts + octave * BIN_OCTAVE;
  const float *places = contents->places + octave * BIN_OCTAVE;
  for (; i > 0 && (double)counts[i] < missing; i--) {
    missing -= (double)counts[i];
    sum += ((double)counts[i] * (double)(BIN_OCTAVE + i) + (double)places[i]) * bin_width(octave);
  }
  return (bin_threshold){octave * BIN_OCTAVE + i, (size_t)missing, sum};
}

// The bits of the weights of two bins.
static void concentration_collect(const int32_t *bits, size_t columns, const bin_threshold *thresholds,
                                  int32_t *const *found, size_t *counts) {
  vec first = splat((float)thresholds[0].bin), second = splat((float)thresholds[1].bin);
  counts[0] = counts[1] = 0;
  for (size_t start = 0; start < columns; start += LANES) {
    ivec all;
    memcpy(&all, bits + start, sizeof all);
    vec bin = __builtin_convertvector(all >> BIN_SHIFT, vec);
    uint32_t hits[2] = {equal_bits(bin, first), equal_bits(bin, second)};
    if (!(hits[0] | hits[1])) continue;
    for (size_t t = 0; t < 2; t++) {
      for (uint32_t rest = hits[t]; rest; rest &= rest - 1)
        found[t][counts[t]++] = bits[start + (size_t)__builtin_ctz(rest)];
    }
  }
}

// Σ of the `wanted` greatest y + 2⁻¹¹ among the weights of a bin, by halving the interval in which the least
// of them lies.
static double concentration_select(const bin_threshold *threshold, const int32_t *found, size_t count) {
  int32_t low = (int32_t)(threshold->bin << BIN_SHIFT), high = low + (1 << BIN_SHIFT);
  size_t wanted = threshold->wanted;
  while (high - low > 1) {  // at least `wanted` are from low on, fewer from high on
    int32_t middle = low + (high - low) / 2, above = 0;
    for (size_t c = 0; c < count; c++) above += found[c] >= middle;
    if ((size_t)above < wanted) {
      high = middle;
      continue;
    }
    low = middle;
    if ((size_t)above == wanted) break;
  }
  double sum = 0;
  int32_t base = bits_of_float(BIN_FLOOR);
  size_t rest = wanted;
  for (size_t c = 0; c < count; c++) {
    if (found[c] <= low) continue;
    sum += (double)float_of_bits(found[c] + base);
    rest -= 1;
  }
  return sum + (double)rest * (double)float_of_bits(low + base);
}

static fovea_concentration concentration_of(const fovea_concentrate *op, size_t r) {
  const float *row = op->input + r * op->input_stride;
  const float *distances = op->distances ? op->distances + r * op->distances_stride : NULL;
  weight_sums of = distances ? concentration_sums(row, distances, op->columns, true)
                          : concentration_sums(row, NULL, op->columns, false);
  fovea_concentration result = {.sum = of.sum};
  if (!(of.greatest >= 0x1p-100f && of.size < INFINITY)) return result;
  uint64_t *bins = op->scratch;
  bin_contents *contents = (bin_contents *)(bins + BIN_LIMIT);
  int32_t *bits = (int32_t *)(contents + 1), *found = bits + op->columns + LANES;
  memset(contents, 0, sizeof *contents);
  double logs = concentration_bits(row, op->columns, of, bits), size = of.size;
  for (size_t start = 0; start < op->columns; start += BIN_CHUNK) {
    size_t count = op->columns - start < BIN_CHUNK ? op->columns - start : BIN_CHUNK;
    concentration_count(bits + start, count, bins);
    concentration_drain(bins, contents);
  }
  double range = (double)of.greatest - (double)of.least, share = size / (double)of.greatest;
  result.size = size;
  result.entropy = fmax(0, log2(share) - logs / share);
  result.away = of.away / size;
  result.gini = concentration_pairs(contents, op->columns) * range / ((double)op->columns * size);
  bin_threshold thresholds[2];
  size_t counts[2];
  int32_t *const lists[2] = {found, found + op->columns + LANES};
  for (size_t t = 0; t < 2; t++) thresholds[t] = concentration_threshold(contents, op->top[t]);
  concentration_collect(bits, op->columns, thresholds, lists, counts);
  for (size_t t = 0; t < 2; t++) {
    double wanted = (double)op->top[t];
    double top = thresholds[t].above + concentration_select(&thresholds[t], lists[t], counts[t]);
    result.top[t] = ((top - wanted * (double)BIN_FLOOR) * range + wanted * (double)of.least) / size;
  }
  return result;
}

static void concentrate(const fovea_concentrate *op) {
  memset(op->scratch, 0, BIN_LIMIT * sizeof(uint64_t));
  for (size_t r = 0; r < op->rows; r++) op->output[r] = concentration_of(op, r);
}
