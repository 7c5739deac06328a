#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static always_inline vec squared(vec x) { return x * x; }

static void layer_norm(const fovea_layer_norm *op) {
  float count = (float)op->channels;
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    element *output = (element *)op->output + r * op->output_stride;
    float sum, squares;
    sum_over_row(sum, op->channels, at, load_lanes(input + at, lanes, whole));
    vec mean = splat(sum / count);
    sum_over_row(squares, op->channels, at, squared(load_lanes(input + at, lanes, whole) - mean));
    vec scale = splat(1 / sqrtf(squares / count + op->epsilon));
    for_channels(c, op->channels, {
      vec y = (load_lanes(input + c, lanes, whole) - mean) * scale;
      if (op->weight) y *= load_floats_lanes(op->weight + c, lanes, whole);
      if (op->bias) y += load_floats_lanes(op->bias + c, lanes, whole);
      store_lanes(output + c, y, lanes, whole);
    });
  }
}
