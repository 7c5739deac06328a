#pragma once
#include "../include/CFoveaKernels.h"

static void outer_sums(const fovea_outer_sums *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
    for (size_t k = 0; k < op->depth; k++) {
      float x = get(input + k);
      float *sums = op->sums + k * op->sums_stride;
      for (size_t n = 0; n < op->columns; n++) sums[n] += x * get(gradient + n);
    }
  }
}
