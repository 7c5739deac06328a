#pragma once
#include "../include/CFoveaKernels.h"

// Panels of 16 columns. With a granularity of 1 a panel is [depth][16]; otherwise consecutive pairs of
// the depth lie side by side, [depth / 2][16][2], as the bfloat16 dot products read them.

static inline float pack_source(const fovea_pack *op, size_t at) {
  return op->input_is_map ? get((const element *)op->input + at) : ((const float *)op->input)[at];
}

// One step of the depth (`pair` positions from k on) of one panel, zeros where the matrix ends.
static inline void pack_edge(const fovea_pack *op, size_t k, size_t first, size_t pair, element *output) {
  for (size_t n = 0; n < FOVEA_PANEL; n++) {
    for (size_t j = 0; j < pair; j++) {
      bool inside = k + j < op->depth && first + n < op->columns;
      size_t at = (k + j) * op->depth_stride + (first + n) * op->column_stride;
      put(output + n * pair + j, inside ? pack_source(op, at) : 0);
    }
  }
}

// The same inside the matrix, its strides being constants where they are 1.
static inline __attribute__((__always_inline__)) void pack_step(const fovea_pack *op, size_t k, size_t first,
                                                                size_t pair, element *output,
                                                                size_t depth_stride, size_t column_stride) {
  size_t start = k * depth_stride + first * column_stride;
  if (op->input_is_map) {
    const element *input = (const element *)op->input + start;
    for (size_t n = 0; n < FOVEA_PANEL; n++) {
      for (size_t j = 0; j < pair; j++) output[n * pair + j] = input[n * column_stride + j * depth_stride];
    }
  } else {
    const float *input = (const float *)op->input + start;
    for (size_t n = 0; n < FOVEA_PANEL; n++) {
      for (size_t j = 0; j < pair; j++)
        put(output + n * pair + j, input[n * column_stride + j * depth_stride]);
    }
  }
}

static inline __attribute__((__always_inline__)) void pack_panels(const fovea_pack *call,
                                                                  size_t granularity) {
  const fovea_pack copy = *call, *op = &copy;  // stores cannot be taken to change it
  element *output = op->output;
  size_t depth = (op->depth + granularity - 1) / granularity * granularity, pair = granularity > 1 ? 2 : 1;
  for (size_t first = 0; first < op->columns; first += FOVEA_PANEL) {
    bool whole = first + FOVEA_PANEL <= op->columns;
    for (size_t k = 0; k < depth; k += pair, output += pair * FOVEA_PANEL) {
      if (!whole || k + pair > op->depth) pack_edge(op, k, first, pair, output);
      else if (op->depth_stride == 1) pack_step(op, k, first, pair, output, 1, op->column_stride);
      else if (op->column_stride == 1) pack_step(op, k, first, pair, output, op->depth_stride, 1);
      else pack_step(op, k, first, pair, output, op->depth_stride, op->column_stride);
    }
  }
}
