#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static inline float activated(fovea_activation activation, float x) {
  switch (activation) {
    case FOVEA_IDENTITY: return x;
    case FOVEA_RELU: return x < 0 ? 0 : x;
    case FOVEA_RELU6: return x < 0 ? 0 : x > 6 ? 6 : x;
    case FOVEA_HARDSWISH: return x * (x < -3 ? 0 : x > 3 ? 6 : x + 3) / 6;
    case FOVEA_GELU_ERF: return 0.5f * x * (1 + erff(x * 0.70710678f));
    case FOVEA_GELU_TANH: return 0.5f * x * (1 + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
    case FOVEA_SILU: return x / (1 + expf(-x));
    case FOVEA_SIGMOID: return 1 / (1 + expf(-x));
    case FOVEA_ELU_PLUS_ONE: return x > 0 ? x + 1 : expf(x);
  }
  return x;
}

// The derivative; at a corner that of the flat side.
static inline float slope_at(fovea_activation activation, float x) {
  switch (activation) {
    case FOVEA_IDENTITY: return 1;
    case FOVEA_RELU: return x > 0 ? 1 : 0;
    case FOVEA_RELU6: return x > 0 && x < 6 ? 1 : 0;
    case FOVEA_HARDSWISH: return x <= -3 ? 0 : x < 3 ? x / 3 + 0.5f : 1;
    case FOVEA_GELU_ERF:
      return 0.5f * (1 + erff(x * 0.70710678f)) + x * 0.39894228f * expf(-0.5f * x * x);
    case FOVEA_GELU_TANH: {
      float t = tanhf(0.79788456f * (x + 0.044715f * x * x * x));
      return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * 0.79788456f * (1 + 0.134145f * x * x);
    }
    case FOVEA_SILU: {
      float y = 1 / (1 + expf(-x));
      return y + x * y * (1 - y);
    }
    case FOVEA_SIGMOID: {
      float y = 1 / (1 + expf(-x));
      return y * (1 - y);
    }
    case FOVEA_ELU_PLUS_ONE: return x > 0 ? 1 : expf(x);
  }
  return 1;
}

static void activate(const fovea_activate *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    element *output = (element *)op->output + r * op->output_stride;
    for (size_t c = 0; c < op->channels; c++) put(output + c, activated(op->activation, get(input + c)));
  }
}
