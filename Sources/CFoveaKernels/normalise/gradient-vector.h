#pragma once
#include "vector.h"

// A few rows at a time: first what each row's sums say, then all of their channels, so that the sums of
// weight and bias are loaded once for them.

enum { NORM_ROWS = 4 };

// x̂ = (x − mean) · scale, dx = (h − a − x̂ · b) · scale
typedef struct {
  vec mean, scale, a, b;
} norm_row;

static always_inline vec weighted_gradient(const fovea_layer_norm_gradient *op, const element *gradient,
                                           size_t c, part lanes, bool whole) {
  vec g = load_lanes(gradient + c, lanes, whole);
  return op->weight ? g * load_floats_lanes(op->weight + c, lanes, whole) : g;
}

static inline norm_row norm_row_of(const fovea_layer_norm_gradient *op, size_t r) {
  const element *input = (const element *)op->input + r * op->input_stride;
  const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
  float sum, squares, weighted, products, count = (float)op->channels;
  sum_over_row(sum, op->channels, at, load_lanes(input + at, lanes, whole));
  vec mean = splat(sum / count);
  sum_over_row(squares, op->channels, at, squared(load_lanes(input + at, lanes, whole) - mean));
  sum_over_row(weighted, op->channels, at, weighted_gradient(op, gradient, at, lanes, whole));
  sum_over_row(products, op->channels, at,
               weighted_gradient(op, gradient, at, lanes, whole) *
                   (load_lanes(input + at, lanes, whole) - mean));
  float scale = 1 / sqrtf(squares / count + op->epsilon);
  return (norm_row){mean, splat(scale), splat(weighted / count), splat(products * scale / count)};
}

static always_inline void norm_rows_gradient(const fovea_layer_norm_gradient *op, const norm_row *facts,
                                             size_t r, size_t rows) {
  const element *input = (const element *)op->input + r * op->input_stride;
  const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
  const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
  element *output = (element *)op->output + r * op->output_stride;
  for_channels(c, op->channels, {
    vec weight = op->weight ? load_floats_lanes(op->weight + c, lanes, whole) : splat(1);
    vec weights = op->weight_sums ? load_floats_lanes(op->weight_sums + c, lanes, whole) : splat(0);
    vec biases = op->bias_sums ? load_floats_lanes(op->bias_sums + c, lanes, whole) : splat(0);
    for (size_t i = 0; i < rows; i++) {
      vec g = load_lanes(gradient + i * op->gradient_stride + c, lanes, whole);
      vec x = (load_lanes(input + i * op->input_stride + c, lanes, whole) - facts[i].mean) * facts[i].scale;
      vec y = (fused(-x, facts[i].b, g * weight) - facts[i].a) * facts[i].scale;
      weights = fused(g, x, weights);
      biases += g;
      if (residual) y += load_lanes(residual + i * op->residual_stride + c, lanes, whole);
      store_lanes(output + i * op->output_stride + c, y, lanes, whole);
    }
    if (op->weight_sums) store_floats_lanes(op->weight_sums + c, weights, lanes, whole);
    if (op->bias_sums) store_floats_lanes(op->bias_sums + c, biases, lanes, whole);
  });
}

static void layer_norm_gradient(const fovea_layer_norm_gradient *call) {
  const fovea_layer_norm_gradient copy = *call, *op = &copy;  // stores cannot be taken to change it
  for (size_t r = 0; r < op->rows; r += NORM_ROWS) {
    size_t rows = op->rows - r < NORM_ROWS ? op->rows - r : NORM_ROWS;
    norm_row facts[NORM_ROWS];
    for (size_t i = 0; i < rows; i++) facts[i] = norm_row_of(op, r + i);
    norm_rows_gradient(op, facts, r, rows);
  }
}
