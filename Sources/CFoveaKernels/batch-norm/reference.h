#pragma once
#include "../activation/reference.h"

static void channel_moments(const fovea_channel_moments *op) {
  const element *input = op->input;
  for (size_t c = 0; c < op->channels; c++) {
    float sum = 0, squares = 0;
    for (size_t r = 0; r < op->rows; r++) sum += get(input + r * op->input_stride + c);
    float mean = op->rows ? sum / (float)op->rows : 0;
    for (size_t r = 0; r < op->rows; r++) {
      float d = get(input + r * op->input_stride + c) - mean;
      squares += d * d;
    }
    op->means[c] = mean;
    op->squares[c] = squares;
  }
}

static inline float scaled(const float *scale, const float *shift, size_t c, float x) {
  if (scale) x *= scale[c];
  return shift ? x + shift[c] : x;
}

static void scale_shift(const fovea_scale_shift *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
    element *output = (element *)op->output + r * op->output_stride;
    for (size_t c = 0; c < op->channels; c++) {
      float y = activated(op->activation, scaled(op->scale, op->shift, c, get(input + c)));
      put(output + c, residual ? y + get(residual + c) : y);
    }
  }
}

// g of one element.
static inline float activation_gradient(const fovea_activation_gradient *of, size_t r, size_t c) {
  float x = get((const element *)of->input + r * of->input_stride + c);
  float gradient = get((const element *)of->gradient + r * of->gradient_stride + c);
  return gradient * slope_at(of->activation, scaled(of->scale, of->shift, c, x));
}

static void activation_gradient_sums(const fovea_activation_gradient_sums *op) {
  for (size_t r = 0; r < op->of.rows; r++) {
    const element *input = (const element *)op->of.input + r * op->of.input_stride;
    for (size_t c = 0; c < op->of.channels; c++) {
      float g = activation_gradient(&op->of, r, c);
      op->sums[c] += g;
      if (op->products) op->products[c] += g * (get(input + c) - (op->means ? op->means[c] : 0));
    }
  }
}

static void activation_gradient_apply(const fovea_activation_gradient_apply *op) {
  for (size_t r = 0; r < op->of.rows; r++) {
    const element *input = (const element *)op->of.input + r * op->of.input_stride;
    const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
    element *output = (element *)op->output + r * op->output_stride;
    for (size_t c = 0; c < op->of.channels; c++) {
      float y = activation_gradient(&op->of, r, c);
      if (op->factor) y *= op->factor[c];
      if (op->slope) y += op->slope[c] * get(input + c);
      if (op->offset) y += op->offset[c];
      put(output + c, residual ? y + get(residual + c) : y);
    }
  }
}
