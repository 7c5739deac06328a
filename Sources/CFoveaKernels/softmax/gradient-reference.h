#pragma once
#include "../include/CFoveaKernels.h"

static void softmax_gradient(const fovea_softmax_gradient *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *answers = (const element *)op->answers + r * op->answers_stride;
    const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
    element *output = (element *)op->output + r * op->output_stride;
    float sum = 0;
    for (size_t c = 0; c < op->columns; c++) sum += get(gradient + c) * get(answers + c);
    for (size_t c = 0; c < op->columns; c++) {
      float d = get(answers + c) * (get(gradient + c) - sum);
      if (op->bias_sums) op->bias_sums[r * op->bias_stride + c] += d;
      put(output + c, op->scale * d);
    }
  }
}
