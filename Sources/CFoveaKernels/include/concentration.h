#pragma once
#include <stddef.h>

/// How the weights w of a row are spread, p_j = |w_j| / Σ|w|. All zeros but `sum` where Σ|w| is
/// not finite or no |w| reaches 2⁻¹⁰⁰.
typedef struct {
  double sum;      // Σ w
  double size;     // Σ |w|
  double entropy;  // −Σ p log₂ p, in bits
  double away;     // Σ p d
  double gini;     // Σ_{i<j} |p_i − p_j| / n
  double top[2];   // Σ p of the greatest top[…] weights
} fovea_concentration;

/// output[r] = the concentration of input[r], float32 at every precision. The vector kernels sort into bins of
/// y = (|w| − min) / (max − min), 32 to an octave down to 2⁻¹¹ and 32 below it; all is exact but for rounding,
/// and for `gini`, which is off by at most Σ_b c_b² δ_b / 6 over bins of c_b weights that are δ_b wide, as a
/// share of n · Σ|w|: (2⁻⁵ + 2⁻¹⁶ n) / 6 at the very worst.
typedef struct {
  size_t rows, columns;
  const float *input;
  size_t input_stride;
  const float *distances;      // NULL, or d of every column
  size_t distances_stride;
  size_t top[2];               // at most `columns`
  void *scratch;               // fovea_concentration_scratch(columns) bytes, on a cache line
  fovea_concentration *output; // [rows]
} fovea_concentrate;

/// Bytes that rows of so many columns need.
static inline size_t fovea_concentration_scratch(size_t columns) {
  return 2 * 1024 * sizeof(double) + 3 * (columns + 64) * sizeof(int);
}
