#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static always_inline vec softmax_logit(const fovea_softmax *op, size_t r, size_t c, part lanes, bool whole) {
  vec x = load_lanes((const element *)op->input + r * op->input_stride + c, lanes, whole) * splat(op->scale);
  if (op->bias) x += load_floats_lanes(op->bias + r * op->bias_stride + c, lanes, whole);
  if (op->mask) x += load_floats_lanes(op->mask + r * op->mask_stride + c, lanes, whole);
  return x;
}

// Exponentials are computed twice, for the sum and for the answer, so that they need no float32 room.
static void softmax(const fovea_softmax *op) {
  for (size_t r = 0; r < op->rows; r++) {
    element *output = (element *)op->output + r * op->output_stride;
    vec running = splat(-INFINITY);
    for_channels(c, op->columns, {
      vec x = softmax_logit(op, r, c, lanes, whole);
      running = maximum(whole ? x : keep_part(x, lanes, running), running);
    });
    vec greatest = splat(reduce_max(running));
    float sum;
    sum_over_row(sum, op->columns, at, exponential(softmax_logit(op, r, at, lanes, whole) - greatest));
    vec inverse = splat(1 / sum);
    for_channels(c, op->columns, {
      vec x = softmax_logit(op, r, c, lanes, whole);
      store_lanes(output + c, exponential(x - greatest) * inverse, lanes, whole);
    });
  }
}
