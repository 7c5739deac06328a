#pragma once
#include <stddef.h>

/// output[r][c] = softmax over c of (input[r][c] · scale + bias[r][c] + mask[r][c]), in float32.
typedef struct {
  size_t rows, columns;
  const void *input;
  size_t input_stride;
  float scale;
  const float *bias;           // NULL, or float32
  size_t bias_stride;
  const float *mask;           // NULL, or float32, −100 or −infinity where a key is hidden
  size_t mask_stride;
  void *output;                // may be the input itself
  size_t output_stride;
} fovea_softmax;

/// The gradient of softmax from its answers y, by the logits and by the bias that was added to them:
///   d[r][c] = answers[r][c] · (gradient[r][c] − Σ_c gradient[r][c] · answers[r][c])
///   output[r][c] = scale · d[r][c],  bias_sums[r][c] += d[r][c]
typedef struct {
  size_t rows, columns;
  const void *answers;
  size_t answers_stride;
  const void *gradient;
  size_t gradient_stride;
  float scale;
  float *bias_sums;            // NULL, or float32
  size_t bias_stride;
  void *output;                // may be the gradient or the answers themselves
  size_t output_stride;
} fovea_softmax_gradient;
