#pragma once
#include "../include/CFoveaKernels.h"

// Panels of 16 columns. With a granularity of 1 a panel is [depth][16]; otherwise consecutive pairs of
// the depth lie side by side, [depth / 2][16][2], as the bfloat16 dot products read them.

static inline float pack_source(const fovea_pack *op, size_t k, size_t n) {
  if (k >= op->depth || n >= op->columns) return 0;
  size_t at = k * op->depth_stride + n * op->column_stride;
  return op->input_is_map ? get((const element *)op->input + at) : ((const float *)op->input)[at];
}

static inline void pack_panels(const fovea_pack *op, size_t granularity) {
  element *output = op->output;
  size_t depth = (op->depth + granularity - 1) / granularity * granularity;
  size_t pair = granularity > 1 ? 2 : 1;
  for (size_t first = 0; first < op->columns; first += FOVEA_PANEL) {
    for (size_t k = 0; k < depth; k += pair) {
      for (size_t n = 0; n < FOVEA_PANEL; n++) {
        for (size_t j = 0; j < pair; j++) put(output++, pack_source(op, k + j, first + n));
      }
    }
  }
}
