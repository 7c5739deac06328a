#pragma once
#include <stddef.h>
#include <stdint.h>

/// One output row of a separable resampling (bilinear has 2 taps an axis, bicubic 4, nearest 1):
///   output[x][c] = Σ_y row_weights[y] Σ_t weights[x][t] · rows[y][indices[x][t]][c], + residual[x][c]
typedef struct {
  size_t output_width, channels;
  size_t row_taps, column_taps;
  const void *const *rows;      // row_taps pointers to pixel 0
  const float *row_weights;     // [row_taps]
  size_t input_stride;
  const int32_t *indices;       // [output_width][column_taps], clamped to the row
  const float *weights;         // [output_width][column_taps]
  const void *residual;         // NULL, or added; may be the output itself
  size_t residual_stride;
  void *output;
  size_t output_stride;
} fovea_resample_row;
