#pragma once
#include "../activation/reference.h"

static void depthwise(const fovea_depthwise *op) {
  for (size_t x = 0; x < op->output_width; x++) {
    element *output = (element *)op->output + x * op->output_stride;
    const element *residual = op->residual ? (const element *)op->residual + x * op->residual_stride : NULL;
    for (size_t c = 0; c < op->channels; c++) {
      float sum = op->bias ? op->bias[c] : 0;
      for (size_t ky = 0; ky < op->kernel_height; ky++) {
        const element *row = op->rows[ky];
        if (!row) continue;
        for (size_t kx = 0; kx < op->kernel_width; kx++) {
          size_t column = x * op->stride + kx;
          if (column < op->padding || column - op->padding >= op->input_width) continue;
          sum += get(row + (column - op->padding) * op->input_stride + c) *
                 op->weights[(ky * op->kernel_width + kx) * op->channels + c];
        }
      }
      float y = activated(op->activation, sum);
      put(output + c, residual ? y + get(residual + c) : y);
    }
  }
}
