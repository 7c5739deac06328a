#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static always_inline vec softmax_logit(const fovea_softmax *op, size_t r, size_t c, part lanes, bool whole) {
  vec x = load_lanes((const element *)op->input + r * op->input_stride + c, lanes, whole) * splat(op->scale);
  if (op->bias) x += load_floats_lanes(op->bias + r * op->bias_stride + c, lanes, whole);
  if (op->mask) x += load_floats_lanes(op->mask + r * op->mask_stride + c, lanes, whole);
  return x;
}

#if FOVEA_ELEMENT_IS_BFLOAT16
enum { SOFTMAX_KEEPS_EXPONENTIALS = false };
#else
enum { SOFTMAX_KEEPS_EXPONENTIALS = true };
#endif

// e^(x − greatest); a float32 output keeps it until the sum is known, a bfloat16 one would round it.
static always_inline vec softmax_term(const fovea_softmax *op, size_t r, size_t c, part lanes, bool whole,
                                      vec greatest) {
  vec y = exponential(softmax_logit(op, r, c, lanes, whole) - greatest);
  if (SOFTMAX_KEEPS_EXPONENTIALS) {
    store_lanes((element *)op->output + r * op->output_stride + c, y, lanes, whole);
  }
  return y;
}

static void softmax(const fovea_softmax *call) {
  const fovea_softmax copy = *call, *op = &copy;  // stores cannot be taken to change it
  for (size_t r = 0; r < op->rows; r++) {
    element *output = (element *)op->output + r * op->output_stride;
    vec running = splat(-INFINITY);
    for_channels(c, op->columns, {
      vec x = softmax_logit(op, r, c, lanes, whole);
      running = maximum(whole ? x : keep_part(x, lanes, running), running);
    });
    vec greatest = splat(reduce_max(running));
    float sum;
    sum_over_row(sum, op->columns, at, softmax_term(op, r, at, lanes, whole, greatest));
    vec inverse = splat(1 / sum);
    for_channels(c, op->columns, {
      vec y = SOFTMAX_KEEPS_EXPONENTIALS ? load_lanes(output + c, lanes, whole)
                                         : exponential(softmax_logit(op, r, c, lanes, whole) - greatest);
      store_lanes(output + c, y * inverse, lanes, whole);
    });
  }
}
