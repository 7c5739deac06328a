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

/// What one row of gradients adds to those of a depthwise convolution's weights:
///   sums[ky][kx][c] += Σ_x rows[ky][x · stride + kx − padding][c] · gradient[x][c]
/// x ascending, over the taps that lie inside; borders as in `fovea_depthwise`.
typedef struct {
  size_t output_width, channels, input_width;
  size_t kernel_height, kernel_width, stride, padding;
  const void *const *rows;  // kernel_height pointers to pixel 0 of an input row, or NULL
  size_t input_stride;
  const void *gradient;     // [output_width][channels]
  size_t gradient_stride;
  float *sums;              // [kernel_height][kernel_width][channels]
} fovea_depthwise_sums;

/// The gradient of one input row of a depthwise convolution:
///   output[i][c] = Σ_ky Σ_kx gradients[ky][(i + padding − kx) / stride][c] · weights[ky][kx][c]
///                  + residual[i][c]
/// over the kx that divide and give a column in [0, output_width), ky, then kx, ascending. gradients[ky] is
/// the row of gradients that saw this row through kernel row ky, or NULL where none did. At stride 1
/// `fovea_depthwise` does the same, and faster, with both axes of the weights reversed and a padding of
/// kernel_width − 1 − padding.
typedef struct {
  size_t output_width, channels, input_width;  // of the forward convolution
  size_t kernel_height, kernel_width, stride, padding;
  const void *const *gradients;  // kernel_height pointers to pixel 0 of a row of gradients, or NULL
  size_t gradient_stride;
  const float *weights;          // [kernel_height][kernel_width][channels]
  const void *residual;          // [input_width][channels] or NULL; may be the output itself
  size_t residual_stride;
  void *output;                  // [input_width][channels]
  size_t output_stride;
} fovea_depthwise_input_gradient;
