#pragma once
#include "activation.h"

/// One row of a depthwise convolution:
///   output[x][c] = activation(Σ_ky Σ_kx rows[ky][x · stride + kx − padding][c] · weights[ky][kx][c] + bias[c])
///                  + residual[x][c]
/// Rows that lie outside the map are NULL and count as zeros, as do columns outside [0, input_width).
/// The sum starts at the bias and runs ky, then kx, ascending, over the taps that lie inside.
typedef struct {
  size_t output_width, channels, input_width;
  size_t kernel_height, kernel_width, stride, padding;  // padding: columns to the left
  const void *const *rows;   // kernel_height pointers to pixel 0 of an input row
  size_t input_stride;
  const float *weights;      // [kernel_height][kernel_width][channels]
  const float *bias;         // [channels] or NULL
  fovea_activation activation;
  const void *residual;      // [output_width][channels] or NULL; may be the output itself
  size_t residual_stride;
  void *output;
  size_t output_stride;
} fovea_depthwise;
