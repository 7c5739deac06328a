#pragma once
#include <stddef.h>

/// Pointwise functions, in float32.
typedef enum {
  FOVEA_IDENTITY,
  FOVEA_RELU,
  FOVEA_RELU6,
  FOVEA_HARDSWISH,   // x · min(max(x + 3, 0), 6) / 6
  FOVEA_GELU_ERF,    // x · Φ(x)
  FOVEA_GELU_TANH,   // x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))
  FOVEA_SILU,        // x · σ(x)
  FOVEA_SIGMOID,
  FOVEA_ELU_PLUS_ONE // x > 0 ? x + 1 : eˣ
} fovea_activation;

/// output[r][c] = activation(input[r][c]).
typedef struct {
  size_t rows, channels;
  fovea_activation activation;
  const void *input;
  size_t input_stride;
  void *output;
  size_t output_stride;
} fovea_activate;
