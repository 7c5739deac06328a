#pragma once
#include "../include/CFoveaKernels.h"

static void matrix_product(const fovea_matrix_product *op) {
  for (size_t r = 0; r < op->rows; r++) {
    for (size_t c = 0; c < op->columns; c++) {
      double sum = 0;
      for (size_t k = 0; k < op->depth; k++) {
        sum += op->left[r * op->left_row + k * op->left_depth] * op->right[k * op->right_stride + c];
      }
      op->output[r * op->output_stride + c] += op->factor * sum;
    }
  }
}

static void weighted_sum(const fovea_weighted_sum *op) {
  for (size_t i = 0; i < op->count; i++) {
    for (size_t t = 0; t < op->tap_count; t++) op->output[i] += op->weights[t] * op->inputs[t][i];
  }
}
