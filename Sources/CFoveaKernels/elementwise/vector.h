#pragma once
#include "../include/CFoveaKernels.h"

static void combine(const fovea_combine *op) {
  bool add = op->combination == FOVEA_ADD;
  for (size_t r = 0; r < op->rows; r++) {
    const element *left = (const element *)op->left + r * op->left_stride;
    const element *right = (const element *)op->right + r * op->right_stride;
    element *output = (element *)op->output + r * op->output_stride;
    for_channels(c, op->channels, {
      vec a = load_lanes(left + c, lanes, whole), b = load_lanes(right + c, lanes, whole);
      store_lanes(output + c, add ? a + b : a * b, lanes, whole);
    });
  }
}

// Four vectors of sums at a time, so that a row's cache lines are used whole.
static void column_sums(const fovea_column_sums *op) {
  const element *input = op->input;
  enum { width = 4 * LANES };
  size_t c = 0;
  for (; c + width <= op->channels; c += width) {
    vec sums[4];
    unrolled for (size_t v = 0; v < 4; v++)
      sums[v] = load_floats(op->sums + c + v * LANES);
    for (size_t r = 0; r < op->rows; r++) {
      const element *from = input + r * op->input_stride + c;
      unrolled for (size_t v = 0; v < 4; v++)
        sums[v] += load(from + v * LANES);
    }
    unrolled for (size_t v = 0; v < 4; v++)
      store_floats(op->sums + c + v * LANES, sums[v]);
  }
  for_channels(rest, op->channels - c, {
    vec sum = load_floats_lanes(op->sums + c + rest, lanes, whole);
    for (size_t r = 0; r < op->rows; r++) {
      sum += load_lanes(input + r * op->input_stride + c + rest, lanes, whole);
    }
    store_floats_lanes(op->sums + c + rest, sum, lanes, whole);
  });
}

// The greatest value of a row first, then the first place that holds it.
static inline size_t argmax_row(const element *input, size_t channels) {
  vec running = splat(-INFINITY);
  uint32_t ordered = (1u << LANES) - 1;
  for_channels(c, channels, {
    vec x = load_lanes(input + c, lanes, whole);
    if (!whole) x = keep_part(x, lanes, running);
    ordered &= equal_bits(x, x);
    running = maximum(x, running);
  });
  if (ordered != (1u << LANES) - 1) return FOVEA_UNDECIDED;
  vec greatest = splat(reduce_max(running));
  for_channels(c, channels, {
    uint32_t found = equal_bits(load_lanes(input + c, lanes, whole), greatest);
    if (!whole) found &= (1u << (channels - c)) - 1;
    if (found) return c + (size_t)__builtin_ctz(found);
  });
  return 0;
}

static void argmax(const fovea_argmax *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    op->indices[r] = (uint16_t)argmax_row(input, op->channels);
  }
}

static void convert_from_float(const float *input, void *output, size_t count) {
  element *to = output;
  for_channels(i, count, { store_lanes(to + i, load_floats_lanes(input + i, lanes, whole), lanes, whole); });
}

static void convert_to_float(const void *input, float *output, size_t count) {
  const element *from = input;
  for_channels(i, count,
               { store_floats_lanes(output + i, load_lanes(from + i, lanes, whole), lanes, whole); });
}
