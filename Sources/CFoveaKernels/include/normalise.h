#pragma once
#include <stddef.h>

/// Layer normalisation over the channels of each row, mean and (biased) variance in float32, two passes:
///   output[r][c] = (input[r][c] − mean_r) / √(variance_r + epsilon) · weight[c] + bias[c]
typedef struct {
  size_t rows, channels;
  const void *input;
  size_t input_stride;
  const float *weight, *bias;  // [channels], either may be NULL
  float epsilon;
  void *output;                // may be the input itself
  size_t output_stride;
} fovea_layer_norm;

/// The gradient of layer normalisation, its mean and variance recomputed from the input. With
/// x̂ = (input − mean_r) / √(variance_r + epsilon) and h[c] = gradient[r][c] · weight[c]:
///   output[r][c] = (h[c] − mean(h) − x̂[c] · mean(h · x̂)) / √(variance_r + epsilon) + residual[r][c]
///   weight_sums[c] += Σ_r gradient[r][c] · x̂[r][c],  bias_sums[c] += Σ_r gradient[r][c],  r ascending
typedef struct {
  size_t rows, channels;
  const void *input;
  size_t input_stride;
  const void *gradient;
  size_t gradient_stride;
  const float *weight;              // [channels], or NULL: 1
  float epsilon;
  float *weight_sums, *bias_sums;   // [channels], either may be NULL
  const void *residual;             // NULL, or added; may be the output itself
  size_t residual_stride;
  void *output;                     // may be the input or the gradient itself
  size_t output_stride;
} fovea_layer_norm_gradient;
