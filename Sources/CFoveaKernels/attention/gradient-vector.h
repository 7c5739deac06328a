#pragma once
#include "features.h"

// max(x, 0) + offset, and t of the focused map.
static always_inline vec focused_base(const fovea_features_gradient *op, const element *input, size_t c,
                                      part lanes, bool whole) {
  return maximum(splat(0), load_lanes(input + c, lanes, whole)) + splat(op->offset);
}
static always_inline vec focused_unit(const fovea_features_gradient *op, const element *input, size_t c,
                                      part lanes, bool whole, vec inverse) {
  vec scale = load_floats_lanes(op->inverse_scale + c, lanes, whole);
  return focused_base(op, input, c, lanes, whole) * scale * inverse;
}

static always_inline void focused_gradient_row(const fovea_features_gradient *op, size_t r, float power) {
  const element *input = (const element *)op->input + r * op->input_stride;
  const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
  element *output = (element *)op->output + r * op->output_stride;
  float squares, powers, products;
  sum_over_row(squares, op->channels, at,
               squared_feature(focused_unit(op, input, at, lanes, whole, splat(1))));
  vec inverse = splat(1 / sqrtf(squares));
  sum_over_row(powers, op->channels, at,
               squared_power(raised(focused_unit(op, input, at, lanes, whole, inverse), power)));
  sum_over_row(products, op->channels, at,
               load_lanes(gradient + at, lanes, whole) *
                   raised(focused_unit(op, input, at, lanes, whole, inverse), power));
  vec size = splat(1 / sqrtf(powers)), b = splat(products) * size;
  for_channels(c, op->channels, {
    vec scale = load_floats_lanes(op->inverse_scale + c, lanes, whole);
    vec base = focused_base(op, input, c, lanes, whole), t = base * scale * inverse;
    vec lower = (power == 1 ? splat(1) : raised(t, power - 1)) * size;
    vec rest = load_lanes(gradient + c, lanes, whole) - b * lower * t;
    vec du = fused(b, t, splat(power) * lower * rest);
    vec x = load_lanes(input + c, lanes, whole);
    if (op->inverse_scale_sums) {
      float *to = op->inverse_scale_sums + c;
      store_floats_lanes(to, fused(du, base, load_floats_lanes(to, lanes, whole)), lanes, whole);
    }
    store_lanes(output + c, where_positive(x, du * scale, splat(0)), lanes, whole);
  });
}

static always_inline vec feature_slope(fovea_feature_map map, vec x) {
  switch (map) {
    case FOVEA_FEATURES_RELU: return where_positive(x, splat(1), splat(0));
    case FOVEA_FEATURES_ELU_PLUS_ONE: return where_positive(x, splat(1), exponential(x));
    default: return splat(1);
  }
}

static inline void mapped_gradient_row(const fovea_features_gradient *op, size_t r) {
  const element *input = (const element *)op->input + r * op->input_stride;
  const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
  element *output = (element *)op->output + r * op->output_stride;
  for_channels(c, op->channels, {
    vec slope = feature_slope(op->map, load_lanes(input + c, lanes, whole));
    store_lanes(output + c, load_lanes(gradient + c, lanes, whole) * slope, lanes, whole);
  });
}

static void features_gradient(const fovea_features_gradient *call) {
  const fovea_features_gradient copy = *call, *op = &copy;  // stores cannot be taken to change it
  for (size_t r = 0; r < op->rows; r++) {
    if (op->map != FOVEA_FEATURES_FOCUSED) mapped_gradient_row(op, r);
    else if (op->power == 3) focused_gradient_row(op, r, 3);
    else focused_gradient_row(op, r, op->power);
  }
}
