#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static inline void layer_norm_gradient_row(const fovea_layer_norm_gradient *op, const element *input,
                                           const element *gradient, const element *residual,
                                           element *output) {
  float count = (float)op->channels, sum = 0, squares = 0, weighted = 0, products = 0;
  for (size_t c = 0; c < op->channels; c++) sum += get(input + c);
  float mean = sum / count;
  for (size_t c = 0; c < op->channels; c++) {
    float d = get(input + c) - mean;
    squares += d * d;
  }
  float scale = 1 / sqrtf(squares / count + op->epsilon);
  for (size_t c = 0; c < op->channels; c++) {
    float x = (get(input + c) - mean) * scale, g = get(gradient + c);
    float h = op->weight ? g * op->weight[c] : g;
    weighted += h;
    products += h * x;
    if (op->weight_sums) op->weight_sums[c] += g * x;
    if (op->bias_sums) op->bias_sums[c] += g;
  }
  for (size_t c = 0; c < op->channels; c++) {
    float x = (get(input + c) - mean) * scale, g = get(gradient + c);
    float h = op->weight ? g * op->weight[c] : g;
    float y = (h - weighted / count - x * (products / count)) * scale;
    put(output + c, residual ? y + get(residual + c) : y);
  }
}

static void layer_norm_gradient(const fovea_layer_norm_gradient *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
    layer_norm_gradient_row(op, (const element *)op->input + r * op->input_stride,
                            (const element *)op->gradient + r * op->gradient_stride, residual,
                            (element *)op->output + r * op->output_stride);
  }
}
