#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

// max(x, 0) + offset, and u of the focused map.
static inline float focused_base(const fovea_features_gradient *op, const element *input, size_t c) {
  float x = get(input + c);
  return (x < 0 ? 0 : x) + op->offset;
}
static inline float focused_unscaled(const fovea_features_gradient *op, const element *input, size_t c) {
  return focused_base(op, input, c) * op->inverse_scale[c];
}

static inline void focused_gradient_row(const fovea_features_gradient *op, const element *input,
                                        const element *gradient, element *output) {
  float squares = 0, powers = 0, products = 0;
  for (size_t c = 0; c < op->channels; c++) {
    float u = focused_unscaled(op, input, c);
    squares += u * u;
  }
  float length = sqrtf(squares);
  for (size_t c = 0; c < op->channels; c++) {
    float v = powf(focused_unscaled(op, input, c) / length, op->power);
    powers += v * v;
    products += get(gradient + c) * v;
  }
  float m = sqrtf(powers), b = products / m;
  for (size_t c = 0; c < op->channels; c++) {
    float base = focused_base(op, input, c), t = base * op->inverse_scale[c] / length;
    float lower = powf(t, op->power - 1) / m;
    float du = b * t + op->power * lower * (get(gradient + c) - b * lower * t);
    bool positive = get(input + c) > 0;
    if (op->inverse_scale_sums) op->inverse_scale_sums[c] += du * base;
    put(output + c, positive ? du * op->inverse_scale[c] : 0);
  }
}

static inline float feature_slope(fovea_feature_map map, float x) {
  switch (map) {
    case FOVEA_FEATURES_RELU: return x > 0 ? 1 : 0;
    case FOVEA_FEATURES_ELU_PLUS_ONE: return x > 0 ? 1 : expf(x);
    default: return 1;
  }
}

static void features_gradient(const fovea_features_gradient *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
    element *output = (element *)op->output + r * op->output_stride;
    if (op->map == FOVEA_FEATURES_FOCUSED) {
      focused_gradient_row(op, input, gradient, output);
      continue;
    }
    for (size_t c = 0; c < op->channels; c++) {
      put(output + c, get(gradient + c) * feature_slope(op->map, get(input + c)));
    }
  }
}
