#pragma once
#include "../vector/common.h"

static void softmax_gradient(const fovea_softmax_gradient *call) {
  const fovea_softmax_gradient copy = *call, *op = &copy;  // stores cannot be taken to change it
  for (size_t r = 0; r < op->rows; r++) {
    const element *answers = (const element *)op->answers + r * op->answers_stride;
    const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
    element *output = (element *)op->output + r * op->output_stride;
    float sum;
    sum_over_row(sum, op->columns, at,
                 load_lanes(answers + at, lanes, whole) * load_lanes(gradient + at, lanes, whole));
    for_channels(c, op->columns, {
      vec d = load_lanes(answers + c, lanes, whole) * (load_lanes(gradient + c, lanes, whole) - splat(sum));
      if (op->bias_sums) {
        float *to = op->bias_sums + r * op->bias_stride + c;
        store_floats_lanes(to, load_floats_lanes(to, lanes, whole) + d, lanes, whole);
      }
      store_lanes(output + c, d * splat(op->scale), lanes, whole);
    });
  }
}
