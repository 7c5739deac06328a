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
