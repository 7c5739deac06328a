#pragma once
#include "activation.h"

// Batch normalisation in training, z = activation(x · scale + shift) with scale and shift from the moments of
// the batch, a block of rows at a time; and, with NULL for what is not there, the gradient of an activation.

/// The moments of each channel over a block of rows, in two passes in float32, r ascending:
///   means[c] = Σ_r input[r][c] / rows,  squares[c] = Σ_r (input[r][c] − means[c])²
/// No rows give zeros.
typedef struct {
  size_t rows, channels;
  const void *input;
  size_t input_stride;
  float *means, *squares;  // [channels], overwritten
} fovea_channel_moments;

/// output[r][c] = activation(input[r][c] · scale[c] + shift[c]) + residual[r][c]
typedef struct {
  size_t rows, channels;
  const void *input;
  size_t input_stride;
  const float *scale;    // [channels], or NULL: 1
  const float *shift;    // [channels], or NULL: 0
  fovea_activation activation;
  const void *residual;  // NULL, or added after the activation; may be the output itself
  size_t residual_stride;
  void *output;          // may be the input itself
  size_t output_stride;
} fovea_scale_shift;

/// The gradient by x · scale + shift, from that by z; it is never stored, but recomputed by who needs it:
///   g[r][c] = gradient[r][c] · activation'(input[r][c] · scale[c] + shift[c])
/// At the corners of ReLU, ReLU6 and hardswish the slope is that of the flat side.
typedef struct {
  size_t rows, channels;
  const void *gradient;  // of z
  size_t gradient_stride;
  const void *input;     // x
  size_t input_stride;
  const float *scale;    // [channels], or NULL: 1
  const float *shift;    // [channels], or NULL: 0
  fovea_activation activation;
} fovea_activation_gradient;

/// What the gradient of batch normalisation needs of a block of rows, added to what the sums hold:
///   sums[c] += Σ_r g[r][c],  products[c] += Σ_r g[r][c] · (input[r][c] − means[c]),  r ascending
typedef struct {
  fovea_activation_gradient of;
  const float *means;      // [channels], or NULL: 0
  float *sums, *products;  // [channels]; products may be NULL
} fovea_activation_gradient_sums;

/// output[r][c] = factor[c] · g[r][c] + slope[c] · input[r][c] + offset[c] + residual[r][c]
/// With M rows in all, v = variance + ε, and the totals Σ g and Σ g (x − mean), batch normalisation with
/// weight w has
///   factor = w / √v,  slope = −w / v^(3/2) · Σ g (x − mean) / M,  offset = −factor · Σ g / M − slope · mean
typedef struct {
  fovea_activation_gradient of;
  const float *factor;   // [channels], or NULL: 1
  const float *slope;    // [channels], or NULL: 0
  const float *offset;   // [channels], or NULL: 0
  const void *residual;  // NULL, or added: what other readers of x send back; may be the output itself
  size_t residual_stride;
  void *output;          // may be the gradient or the input itself
  size_t output_stride;
} fovea_activation_gradient_apply;
