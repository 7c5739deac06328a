#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

// φ of a vector; the focused map is not of this kind.
static always_inline vec feature(fovea_feature_map map, vec x) {
  switch (map) {
    case FOVEA_FEATURES_RELU: return maximum(splat(0), x);
    case FOVEA_FEATURES_ELU_PLUS_ONE: return elu_plus_one(x);
    default: return x;
  }
}

// uᵖ of positive u; the common powers are constants here and become products.
static always_inline vec raised(vec u, float power) {
  if (power == 1) return u;
  if (power == 2) return u * u;
  if (power == 3) return u * u * u;
  if (power == 4) return (u * u) * (u * u);
  vec result;
  for (size_t i = 0; i < LANES; i++) result[i] = powf(u[i], power);
  return result;
}

static always_inline vec focused_input(const fovea_features *op, const element *input, size_t c, part lanes,
                                       bool whole) {
  vec x = maximum(splat(0), load_lanes(input + c, lanes, whole));
  return (x + splat(op->offset)) * load_floats_lanes(op->inverse_scale + c, lanes, whole);
}

static always_inline vec squared_feature(vec x) { return x * x; }

// v² for the sum of the powers. Where the ReLU cut, v is so small that its square would be denormal, which
// costs a hundred cycles (0.3 instead of 3 elements a nanosecond) and adds nothing to the sum.
static always_inline vec squared_power(vec v) { return squared_feature(maximum(splat(1.1e-19f), v)); }

// A row is brought to length 1 before its power is taken, which changes neither |u| · uᵖ / |uᵖ| nor lets it
// overflow or vanish.
static always_inline void focused_row(const fovea_features *op, const element *input, element *output,
                                      float power) {
  float squares, powers;
  sum_over_row(squares, op->channels, at, squared_feature(focused_input(op, input, at, lanes, whole)));
  float length = sqrtf(squares);
  vec inverse = splat(1 / length);
  sum_over_row(powers, op->channels, at,
               squared_power(raised(focused_input(op, input, at, lanes, whole) * inverse, power)));
  vec scale = splat(length / sqrtf(powers));
  for_channels(c, op->channels, {
    vec u = raised(focused_input(op, input, c, lanes, whole) * inverse, power);
    store_lanes(output + c, u * scale, lanes, whole);
  });
}

static inline void mapped_row(fovea_feature_map map, const element *input, element *output, size_t channels) {
  for_channels(c, channels,
               { store_lanes(output + c, feature(map, load_lanes(input + c, lanes, whole)), lanes, whole); });
}

static always_inline void focused_rows(const fovea_features *op, float power) {
  for (size_t r = 0; r < op->rows; r++) {
    focused_row(op, (const element *)op->input + r * op->input_stride,
                (element *)op->output + r * op->output_stride, power);
  }
}

static void features(const fovea_features *op) {
  if (op->map == FOVEA_FEATURES_FOCUSED) {
    if (op->power == 3) return focused_rows(op, 3);
    if (op->power == 4) return focused_rows(op, 4);
    return focused_rows(op, op->power);
  }
  for (size_t r = 0; r < op->rows; r++) {
    mapped_row(op->map, (const element *)op->input + r * op->input_stride,
               (element *)op->output + r * op->output_stride, op->channels);
  }
}
