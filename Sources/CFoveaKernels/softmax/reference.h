#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static inline float softmax_logit(const fovea_softmax *op, size_t r, size_t c) {
  float x = get((const element *)op->input + r * op->input_stride + c) * op->scale;
  if (op->bias) x += op->bias[r * op->bias_stride + c];
  if (op->mask) x += op->mask[r * op->mask_stride + c];
  return x;
}

static void softmax(const fovea_softmax *op) {
  for (size_t r = 0; r < op->rows; r++) {
    float greatest = -INFINITY, sum = 0;
    for (size_t c = 0; c < op->columns; c++) greatest = fmaxf(greatest, softmax_logit(op, r, c));
    for (size_t c = 0; c < op->columns; c++) sum += expf(softmax_logit(op, r, c) - greatest);
    for (size_t c = 0; c < op->columns; c++) {
      put((element *)op->output + r * op->output_stride + c, expf(softmax_logit(op, r, c) - greatest) / sum);
    }
  }
}
