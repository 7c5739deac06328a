#pragma once
#include <stddef.h>

// Linear attention, y_i = φ(q_i) Σ_j φ(k_j)ᵀ v_j / (φ(q_i) · Σ_j φ(k_j) + ε), in three kernels: the feature
// map φ, the sums over the keys, and their application to the queries. Sums are float32 at every precision.

typedef enum {
  FOVEA_FEATURES_IDENTITY,
  FOVEA_FEATURES_RELU,         // max(x, 0)
  FOVEA_FEATURES_ELU_PLUS_ONE,
  FOVEA_FEATURES_FOCUSED       // FLatten, eq. 3–4: u = (max(x, 0) + offset) / scale; |u| · uᵖ / |uᵖ|
} fovea_feature_map;

/// output[r] = φ(input[r]). The focused map acts on a row's whole channel vector (all heads together) and
/// keeps its L2 norm; every norm is a float32 sum.
typedef struct {
  size_t rows, channels;
  fovea_feature_map map;
  float offset;                // focused: added after the ReLU (1e-6)
  float power;                 // focused: p; small whole powers are products, others powf
  const float *inverse_scale;  // focused: [channels], 1 / softplus(s)
  const void *input;
  size_t input_stride;
  void *output;                // may be the input itself
  size_t output_stride;
} fovea_features;

/// The gradient of `fovea_features`, which is recomputed from the input. With t = u / |u|, m = |tᵖ| and
/// b = Σ_c gradient[c] · t[c]ᵖ / m the focused map has
///   du[c] = b · t[c] + p · t[c]ᵖ⁻¹ / m · (gradient[c] − b · t[c]ᵖ / m)
///   output[r][c] = input[r][c] > 0 ? du[c] · inverse_scale[c] : 0
///   inverse_scale_sums[c] += Σ_r du[c] · (max(input[r][c], 0) + offset),  r ascending
typedef struct {
  size_t rows, channels;
  fovea_feature_map map;
  float offset, power;         // focused
  const float *inverse_scale;  // focused: [channels]
  const void *input;
  size_t input_stride;
  const void *gradient;
  size_t gradient_stride;
  float *inverse_scale_sums;   // focused: [channels], or NULL
  void *output;                // may be the input or the gradient itself
  size_t output_stride;
} fovea_features_gradient;

/// One head's sums over a run of keys, added to what the sums hold:
///   products[i][j] += Σ_r φ(keys[r][i]) · values[r][j],  totals[i] += Σ_r φ(normaliser_keys[r][i])
/// r ascending; `map` is identity, ReLU or ELU+1, applied on the fly.
typedef struct {
  size_t rows, key_width, value_width;
  fovea_feature_map map;
  const void *keys;
  size_t keys_stride;
  const void *normaliser_keys; // NULL: the keys themselves (they differ under rotary encoding)
  size_t normaliser_keys_stride;
  const void *values;
  size_t values_stride;
  float *products;             // [key_width][value_width]
  float *totals;               // [key_width]
} fovea_attention_sums;

/// One head's answer for a run of queries:
///   output[r][j] = Σ_i φ(queries[r][i]) products[i][j] / (Σ_i φ(normaliser_queries[r][i]) totals[i] + epsilon)
///                  + residual[r][j]
typedef struct {
  size_t rows, key_width, value_width;
  fovea_feature_map map;
  const void *queries;
  size_t queries_stride;
  const void *normaliser_queries;  // NULL: the queries themselves
  size_t normaliser_queries_stride;
  const float *products, *totals;
  float epsilon;
  const void *residual;            // NULL, or added (the depthwise term); may be the output itself
  size_t residual_stride;
  void *output;
  size_t output_stride;
} fovea_attention_apply;
