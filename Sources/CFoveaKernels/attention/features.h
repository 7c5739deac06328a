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

// uᵖ of positive u: whole powers are products, by squaring; others go through powf.
static inline vec raised(vec u, float power) {
  if (power != floorf(power) || power < 1 || power > 64) {
    vec result;
    for (size_t i = 0; i < LANES; i++) result[i] = powf(u[i], power);
    return result;
  }
  vec result = splat(1);
  for (unsigned left = (unsigned)power; left; left >>= 1) {
    if (left & 1) result *= u;
    u *= u;
  }
  return result;
}

static always_inline vec focused_input(const fovea_features *op, const element *input, size_t c, part lanes,
                                       bool whole) {
  vec x = maximum(splat(0), load_lanes(input + c, lanes, whole));
  return (x + splat(op->offset)) * load_floats_lanes(op->inverse_scale + c, lanes, whole);
}

static always_inline vec squared_feature(vec x) { return x * x; }

// A row is brought to length 1 before its power is taken, which changes neither |u| · uᵖ / |uᵖ| nor lets it
// overflow or vanish.
static inline void focused_row(const fovea_features *op, const element *input, element *output) {
  float squares, powers;
  sum_over_row(squares, op->channels, at, squared_feature(focused_input(op, input, at, lanes, whole)));
  float length = sqrtf(squares);
  vec inverse = splat(1 / length);
  sum_over_row(powers, op->channels, at,
               squared_feature(raised(focused_input(op, input, at, lanes, whole) * inverse, op->power)));
  vec scale = splat(length / sqrtf(powers));
  for_channels(c, op->channels, {
    vec u = raised(focused_input(op, input, c, lanes, whole) * inverse, op->power);
    store_lanes(output + c, u * scale, lanes, whole);
  });
}

static inline void mapped_row(fovea_feature_map map, const element *input, element *output, size_t channels) {
  for_channels(c, channels, {
    store_lanes(output + c, feature(map, load_lanes(input + c, lanes, whole)), lanes, whole);
  });
}

static void features(const fovea_features *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    element *output = (element *)op->output + r * op->output_stride;
    if (op->map == FOVEA_FEATURES_FOCUSED) focused_row(op, input, output);
    else mapped_row(op->map, input, output, op->channels);
  }
}
