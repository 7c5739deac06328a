#pragma once
#include "vector.h"

// Derivatives of the pointwise functions of a vector; at a corner that of the flat side.

static always_inline vec where_below(vec x, float limit, vec yes, vec no) {
  return where_positive(splat(limit) - x, yes, no);
}

// Φ(x) + x φ(x)
static inline vec gelu_erf_slope(vec x) {
  vec density = splat(0.39894228f) * exponential(splat(-0.5f) * x * x), distribution;
  normal_distributions(&x, &distribution, 1);
  return fused(x, density, distribution);
}

// With σ = σ(2u): σ + x σ (1 − σ) · 2u'
static inline vec gelu_tanh_slope(vec x) {
  vec square = x * x, y = sigmoid(x * fused(square, splat(0.0713548163f), splat(1.59576912f)));
  vec inner = x * fused(square, splat(3 * 0.0713548163f), splat(1.59576912f));
  return fused(y * (splat(1) - y), inner, y);
}

static always_inline vec silu_slope(vec x) {
  vec y = sigmoid(x);
  return fused(y * (splat(1) - y), x, y);
}

static always_inline vec slope_at(fovea_activation activation, vec x) {
  switch (activation) {
    case FOVEA_IDENTITY: return splat(1);
    case FOVEA_RELU: return where_positive(x, splat(1), splat(0));
    case FOVEA_RELU6: return where_below(x, 6, where_positive(x, splat(1), splat(0)), splat(0));
    case FOVEA_HARDSWISH: {
      vec inside = where_below(x, 3, fused(x, splat(1.0f / 3), splat(0.5f)), splat(1));
      return where_positive(x + splat(3), inside, splat(0));
    }
    case FOVEA_GELU_ERF: return gelu_erf_slope(x);
    case FOVEA_GELU_TANH: return gelu_tanh_slope(x);
    case FOVEA_SILU: return silu_slope(x);
    case FOVEA_SIGMOID: {
      vec y = sigmoid(x);
      return y * (splat(1) - y);
    }
    case FOVEA_ELU_PLUS_ONE: return where_positive(x, splat(1), exponential(x));
  }
  return splat(1);
}
