#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static void combine(const fovea_combine *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *left = (const element *)op->left + r * op->left_stride;
    const element *right = (const element *)op->right + r * op->right_stride;
    element *output = (element *)op->output + r * op->output_stride;
    for (size_t c = 0; c < op->channels; c++) {
      float a = get(left + c), b = get(right + c);
      put(output + c, op->combination == FOVEA_ADD ? a + b : a * b);
    }
  }
}

static void column_sums(const fovea_column_sums *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    for (size_t c = 0; c < op->channels; c++) op->sums[c] += get(input + c);
  }
}

static void argmax(const fovea_argmax *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    size_t best = 0;
    bool ordered = true;
    for (size_t c = 0; c < op->channels; c++) {
      float x = get(input + c);
      ordered &= !isnan(x);
      if (x > get(input + best)) best = c;
    }
    op->indices[r] = ordered ? (uint16_t)best : FOVEA_UNDECIDED;
  }
}

static void convert_from_float(const float *input, void *output, size_t count) {
  for (size_t i = 0; i < count; i++) put((element *)output + i, input[i]);
}

static void convert_to_float(const void *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = get((const element *)input + i);
}
