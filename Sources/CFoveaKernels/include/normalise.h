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
