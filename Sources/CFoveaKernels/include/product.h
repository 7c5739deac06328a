#pragma once
#include <stdbool.h>

#include "activation.h"

/// Columns of one packed panel, on every instruction set.
#define FOVEA_PANEL 16

/// A run of the reduction: `depth` consecutive input elements of every row, starting at `input` for row 0,
/// against the packed weights' depth positions [first, first + depth).
/// A 1×1 convolution is one tap; a k×k one is a tap a kernel row (kw·C consecutive elements of
/// channels-last input), cut short where the kernel hangs over the border.
typedef struct {
  const void *input;
  size_t first, depth;
} fovea_tap;

/// Matrix product with its epilogue, and so convolution as an implicit matrix product:
///   output[r][n] = activation(Σ_t Σ_k taps[t].input[r · input_stride + k] · W[taps[t].first + k][n] + bias[n])
///                  + residual[r][n]
/// The order of the sum is: the bias, then taps in order, k ascending, one accumulator for each output
/// element; so the result depends on the instruction set, and on nothing else.
typedef struct {
  size_t rows, columns;
  size_t input_stride;
  const fovea_tap *taps;
  size_t tap_count;
  const void *weights;      // packed by `pack`: [⌈columns/16⌉][depth rounded up][16], 64-byte aligned
  size_t weights_depth;     // the packed depth of a panel (all taps' positions), before rounding
  const float *bias;        // [columns] or NULL
  fovea_activation activation;
  const void *residual;     // NULL, or added after the activation; may be the output itself
  size_t residual_stride;
  void *output;
  size_t output_stride;
} fovea_product;

/// Packs a matrix given as element (k, n) = input[k · depth_stride + n · column_stride] into panels;
/// positions past `columns` and past `depth` are zeros. `input` is float32 (weights), or of the table's
/// precision (`input_is_map`: keys and values of softmax attention).
typedef struct {
  size_t depth, columns;
  const void *input;
  bool input_is_map;
  size_t depth_stride, column_stride;
  void *output;
} fovea_pack;
