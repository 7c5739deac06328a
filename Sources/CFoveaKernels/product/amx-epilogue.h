#pragma once
#include "vector.h"

// The epilogue of whole rows of one panel or two.
static always_inline void finish_panels(const epilogue *op, size_t panels) {
  vec bias[2];
  unrolled for (size_t v = 0; v < panels; v++)
    bias[v] = op->bias ? load_floats(op->bias + v * LANES) : splat(0);
  with_activation(op->activation, {
    for (size_t r = 0; r < op->rows; r++) {
      vec y[2];
      unrolled for (size_t v = 0; v < panels; v++) {
        y[v] = activated((fovea_activation)kind, load_floats(op->sums + r * 32 + v * LANES) + bias[v]);
        if (op->residual) y[v] += load(op->residual + r * op->residual_stride + v * LANES);
      }
      element *output = op->output + r * op->output_stride;
      if (panels == 1) store(output, y[0]);
      else _mm512_storeu_si512(output, (__m512i)_mm512_cvtne2ps_pbh((__m512)y[1], (__m512)y[0]));
    }
  })
}

// They work on copies of the call, which stores cannot be taken to change.
static __attribute__((noinline)) void finish_panel(const epilogue *call) {
  const epilogue copy = *call;
  finish_panels(&copy, 1);
}
static __attribute__((noinline)) void finish_two_panels(const epilogue *call) {
  const epilogue copy = *call;
  finish_panels(&copy, 2);
}

// The epilogue of a block's rows [row, row + height), of which those before `fresh` were answered already.
// Doing it a few rows at a time between the next block's tile steps was slower: 170 ns a block of 64 deep,
// not 142. Doing all of it behind the next block's tile steps gained little: 141 ns a block of 32 deep, not
// 148, of which the tiles take 57 and this 85.
static void amx_finish(const fovea_product *op, const float *sums, size_t row, size_t fresh, size_t height,
                       size_t column) {
  const element *residual = op->residual;
  epilogue rest = {.rows = row + height - fresh,
                   .columns = op->columns - column < 32 ? op->columns - column : 32,
                   .sums = sums + (fresh - row) * 32,
                   .sums_stride = 32,
                   .bias = op->bias ? op->bias + column : NULL,
                   .activation = op->activation,
                   .residual = residual ? residual + fresh * op->residual_stride + column : NULL,
                   .residual_stride = op->residual_stride,
                   .output = (element *)op->output + fresh * op->output_stride + column,
                   .output_stride = op->output_stride};
  if (rest.columns == 2 * FOVEA_PANEL) finish_two_panels(&rest);
  else if (rest.columns == FOVEA_PANEL) finish_panel(&rest);
  else finish(&rest);
}
