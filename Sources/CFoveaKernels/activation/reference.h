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

static void activate(const fovea_activate *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    element *output = (element *)op->output + r * op->output_stride;
    for (size_t c = 0; c < op->channels; c++) put(output + c, activated(op->activation, get(input + c)));
  }
}
