#pragma once
#include <stddef.h>

/// Sums of outer products, the gradient of a product's weights:
///   sums[k][n] += Σ_r input[r · input_stride + k] · gradient[r · gradient_stride + n]
/// r ascending, one float32 accumulator for each sum, which starts at what it holds. Rows of the input may
/// overlap: a kernel row of a k×k convolution has depth kw · C and input_stride stride · C.
/// A sum depends on the instruction set and on its own rows alone: not on how depth and columns are split
/// into calls, nor on how the rows are, as long as the runs begin at multiples of 32 rows.
typedef struct {
  size_t rows, depth, columns;
  const void *input;     // [rows][depth]
  size_t input_stride;
  const void *gradient;  // [rows][columns]
  size_t gradient_stride;
  float *sums;           // [depth][columns]
  size_t sums_stride;
} fovea_outer_sums;
