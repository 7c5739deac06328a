#pragma once
#include "../activation/reference.h"

// One row against one panel: the sums start at the bias, taps in order, k ascending.
static inline void product_panel(const fovea_product *op, size_t row, const element *panel, const float *bias,
                                 size_t columns, float sums[FOVEA_PANEL]) {
  for (size_t n = 0; n < FOVEA_PANEL; n++) sums[n] = bias && n < columns ? bias[n] : 0;
  for (size_t t = 0; t < op->tap_count; t++) {
    const fovea_tap *tap = &op->taps[t];
    const element *input = (const element *)tap->input + row * op->input_stride;
    const element *weights = panel + tap->first * FOVEA_PANEL;
    for (size_t k = 0; k < tap->depth; k++) {
      float x = get(input + k);
      for (size_t n = 0; n < FOVEA_PANEL; n++) sums[n] += x * get(weights + k * FOVEA_PANEL + n);
    }
  }
}

static void product(const fovea_product *op) {
  for (size_t r = 0; r < op->rows; r++) {
    element *output = (element *)op->output + r * op->output_stride;
    const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
    for (size_t first = 0; first < op->columns; first += FOVEA_PANEL) {
      size_t columns = op->columns - first < FOVEA_PANEL ? op->columns - first : FOVEA_PANEL;
      const element *panel = (const element *)op->weights + first * op->weights_depth;
      float sums[FOVEA_PANEL];
      product_panel(op, r, panel, op->bias ? op->bias + first : NULL, columns, sums);
      for (size_t n = 0; n < columns; n++) {
        float y = activated(op->activation, sums[n]);
        put(output + first + n, residual ? y + get(residual + first + n) : y);
      }
    }
  }
}
