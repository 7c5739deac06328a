#pragma once
#include "../include/CFoveaKernels.h"

static void resample_row(const fovea_resample_row *op) {
  for (size_t x = 0; x < op->output_width; x++) {
    const int32_t *indices = op->indices + x * op->column_taps;
    const float *weights = op->weights + x * op->column_taps;
    element *output = (element *)op->output + x * op->output_stride;
    const element *residual = op->residual ? (const element *)op->residual + x * op->residual_stride : NULL;
    for (size_t c = 0; c < op->channels; c++) {
      float sum = 0;
      for (size_t y = 0; y < op->row_taps; y++) {
        const element *row = op->rows[y];
        float across = 0;
        for (size_t t = 0; t < op->column_taps; t++) {
          across += weights[t] * get(row + (size_t)indices[t] * op->input_stride + c);
        }
        sum += op->row_weights[y] * across;
      }
      put(output + c, residual ? sum + get(residual + c) : sum);
    }
  }
}
