#pragma once

// The kernels of Fovea: C, no allocation, no global state, no Swift.
//
// Maps are channels-last: a pixel is `channels` consecutive elements, and `…_stride` is the distance in
// elements from one pixel (token, row of a matrix) to the next, so that a kernel reads and writes slices
// of wider maps where they lie. Elements are float or bfloat16 as the table says; parameters other than
// packed weights, and every sum, are float32.
//
// Of the gradients' kernels, `gradient` is that of the loss by the forward kernel's output, and `output` that
// by its input; what was summed over rows is added to what the sums hold.

#include "activation.h"
#include "attention.h"
#include "batch-norm.h"
#include "concentration.h"
#include "cross-entropy.h"
#include "denormals.h"
#include "depthwise.h"
#include "elementwise.h"
#include "isa.h"
#include "matrix.h"
#include "normalise.h"
#include "optimise.h"
#include "outer-sums.h"
#include "pause.h"
#include "product.h"
#include "resample.h"
#include "softmax.h"

/// Every kernel of one instruction set at one precision.
typedef struct {
  fovea_isa isa;
  fovea_precision precision;
  /// Depth of a packed panel is rounded up to a multiple of this (1 for float32, 2 or 32 for bfloat16).
  size_t depth_granularity;

  void (*product)(const fovea_product *);
  void (*depthwise)(const fovea_depthwise *);
  void (*activate)(const fovea_activate *);
  void (*combine)(const fovea_combine *);
  void (*column_sums)(const fovea_column_sums *);
  void (*layer_norm)(const fovea_layer_norm *);
  void (*softmax)(const fovea_softmax *);
  void (*features)(const fovea_features *);
  void (*attention_sums)(const fovea_attention_sums *);
  void (*attention_apply)(const fovea_attention_apply *);
  void (*resample_row)(const fovea_resample_row *);
  void (*argmax)(const fovea_argmax *);
  void (*concentrate)(const fovea_concentrate *);
  void (*matrix_product)(const fovea_matrix_product *);
  void (*weighted_sum)(const fovea_weighted_sum *);
  void (*convert_from_float)(const float *input, void *output, size_t count);
  void (*convert_to_float)(const void *input, float *output, size_t count);
  void (*pack)(const fovea_pack *);

  void (*outer_sums)(const fovea_outer_sums *);
  void (*channel_moments)(const fovea_channel_moments *);
  void (*scale_shift)(const fovea_scale_shift *);
  void (*activation_gradient_sums)(const fovea_activation_gradient_sums *);
  void (*activation_gradient_apply)(const fovea_activation_gradient_apply *);
  void (*depthwise_sums)(const fovea_depthwise_sums *);
  void (*depthwise_input_gradient)(const fovea_depthwise_input_gradient *);
  void (*layer_norm_gradient)(const fovea_layer_norm_gradient *);
  void (*softmax_gradient)(const fovea_softmax_gradient *);
  void (*features_gradient)(const fovea_features_gradient *);
  void (*cross_entropy)(const fovea_cross_entropy *);
  void (*adamw)(const fovea_adamw *);
  void (*sgd)(const fovea_sgd *);
  void (*average)(const fovea_average *);
  /// Σ values², in float64, in an order that depends on the count and the instruction set alone.
  double (*sum_of_squares)(const float *values, size_t count);
} fovea_kernels;

/// The table of an instruction set at a precision, or NULL where it was not compiled for this architecture.
/// Whether this machine can run it is `fovea_isa_supported`'s answer.
const fovea_kernels *fovea_kernels_for(fovea_isa isa, fovea_precision precision);
