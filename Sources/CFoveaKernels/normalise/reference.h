#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static void layer_norm(const fovea_layer_norm *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    element *output = (element *)op->output + r * op->output_stride;
    float sum = 0, squares = 0;
    for (size_t c = 0; c < op->channels; c++) sum += get(input + c);
    float mean = sum / (float)op->channels;
    for (size_t c = 0; c < op->channels; c++) {
      float d = get(input + c) - mean;
      squares += d * d;
    }
    float scale = 1 / sqrtf(squares / (float)op->channels + op->epsilon);
    for (size_t c = 0; c < op->channels; c++) {
      float y = (get(input + c) - mean) * scale;
      if (op->weight) y *= op->weight[c];
      if (op->bias) y += op->bias[c];
      put(output + c, y);
    }
  }
}
