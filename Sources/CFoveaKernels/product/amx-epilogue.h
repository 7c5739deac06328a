#pragma once
#include "vector.h"

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
  finish(&rest);
}
