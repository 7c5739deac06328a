#pragma once
#include "vector.h"

// The epilogue of whole rows of 32 columns.
static __attribute__((noinline)) void finish_wide(const epilogue *call) {
  const epilogue copy = *call, *op = &copy;
  vec low_bias = op->bias ? load_floats(op->bias) : splat(0);
  vec high_bias = op->bias ? load_floats(op->bias + 16) : splat(0);
  with_activation(op->activation, {
    for (size_t r = 0; r < op->rows; r++) {
      vec low = activated((fovea_activation)kind, load_floats(op->sums + r * 32) + low_bias);
      vec high = activated((fovea_activation)kind, load_floats(op->sums + r * 32 + 16) + high_bias);
      if (op->residual) {
        low += load(op->residual + r * op->residual_stride);
        high += load(op->residual + r * op->residual_stride + 16);
      }
      _mm512_storeu_si512(op->output + r * op->output_stride,
                          (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
    }
  })
}

// The epilogue of a block's rows [row, row + height), of which those before `fresh` were answered already.
// Doing it a few rows at a time between the next block's tile steps was slower: 170 ns a block of 64 deep,
// not 142.
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
  if (rest.columns == 32) finish_wide(&rest);
  else finish(&rest);
}
