#pragma once
#include "../include/CFoveaKernels.h"

static void depthwise_sums(const fovea_depthwise_sums *op) {
  for (size_t x = 0; x < op->output_width; x++) {
    const element *gradient = (const element *)op->gradient + x * op->gradient_stride;
    for (size_t ky = 0; ky < op->kernel_height; ky++) {
      const element *row = op->rows[ky];
      if (!row) continue;
      for (size_t kx = 0; kx < op->kernel_width; kx++) {
        size_t column = x * op->stride + kx;
        if (column < op->padding || column - op->padding >= op->input_width) continue;
        const element *input = row + (column - op->padding) * op->input_stride;
        float *sums = op->sums + (ky * op->kernel_width + kx) * op->channels;
        for (size_t c = 0; c < op->channels; c++) sums[c] += get(input + c) * get(gradient + c);
      }
    }
  }
}

static void depthwise_input_gradient(const fovea_depthwise_input_gradient *op) {
  for (size_t i = 0; i < op->input_width; i++) {
    const element *residual = op->residual ? (const element *)op->residual + i * op->residual_stride : NULL;
    element *output = (element *)op->output + i * op->output_stride;
    for (size_t c = 0; c < op->channels; c++) {
      float sum = 0;
      for (size_t ky = 0; ky < op->kernel_height; ky++) {
        const element *row = op->gradients[ky];
        if (!row) continue;
        for (size_t kx = 0; kx < op->kernel_width; kx++) {
          size_t column = i + op->padding;
          if (column < kx || (column - kx) % op->stride) continue;
          size_t x = (column - kx) / op->stride;
          if (x >= op->output_width) continue;
          sum += get(row + x * op->gradient_stride + c) *
                 op->weights[(ky * op->kernel_width + kx) * op->channels + c];
        }
      }
      put(output + c, residual ? sum + get(residual + c) : sum);
    }
  }
}
