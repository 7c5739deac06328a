#pragma once
#include <stddef.h>

// Products in float64 at every precision, for the analysis of matrices.

/// output[r][c] += factor · Σ_k left[r · left_row + k · left_depth] · right[k · right_stride + c], in runs of 128
/// of k; k ascends within them. The output overlaps no input.
typedef struct {
  size_t rows, columns, depth;
  double factor;
  const double *left;
  size_t left_row, left_depth;
  const double *right;
  size_t right_stride;
  double *output;
  size_t output_stride;
} fovea_matrix_product;

/// output[i] += Σ_t weights[t] · inputs[t][i], t ascending: a row of a stencil, an input a tap.
typedef struct {
  size_t count, tap_count;
  const double *const *inputs;
  const double *weights;
  double *output;
} fovea_weighted_sum;
