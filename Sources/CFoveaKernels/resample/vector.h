#pragma once
#include "../include/CFoveaKernels.h"

// Taps a row and a column that are constants where the common resamplings come by.
static always_inline void resample_pixels(const fovea_resample_row *op, size_t row_taps, size_t column_taps) {
  for (size_t x = 0; x < op->output_width; x++) {
    const int32_t *indices = op->indices + x * column_taps;
    const float *weights = op->weights + x * column_taps;
    element *output = (element *)op->output + x * op->output_stride;
    const element *residual = op->residual ? (const element *)op->residual + x * op->residual_stride : NULL;
    for_channels(c, op->channels, {
      vec sum = splat(0);
      for (size_t y = 0; y < row_taps; y++) {
        const element *row = (const element *)op->rows[y] + c;
        vec across = splat(0);
        for (size_t t = 0; t < column_taps; t++) {
          vec pixel = load_lanes(row + (size_t)indices[t] * op->input_stride, lanes, whole);
          across = fused(splat(weights[t]), pixel, across);
        }
        sum = fused(splat(op->row_weights[y]), across, sum);
      }
      if (residual) sum += load_lanes(residual + c, lanes, whole);
      store_lanes(output + c, sum, lanes, whole);
    });
  }
}

static void resample_row(const fovea_resample_row *op) {
  if (op->row_taps == 1 && op->column_taps == 1) resample_pixels(op, 1, 1);
  else if (op->row_taps == 2 && op->column_taps == 2) resample_pixels(op, 2, 2);
  else if (op->row_taps == 4 && op->column_taps == 4) resample_pixels(op, 4, 4);
  else resample_pixels(op, op->row_taps, op->column_taps);
}
