#pragma once
#include <stddef.h>
#include <stdint.h>

/// Softmax cross entropy of rows of float32 logits (at every precision) and its gradient, in one pass. The
/// target of class c is, with q one at the row's id and zero elsewhere, or the row's distribution,
///   t[r][c] = class_weights[c] · ((1 − smoothing) · q[r][c] + smoothing / classes)
///   *loss += −Σ_r Σ_c t[r][c] · log softmax(logits[r])[c]           (rows in order, in float64)
///   gradient[r][c] = scale · (softmax(logits[r])[c] · Σ_c t[r][c] − t[r][c])
/// A row whose id lies outside of [0, classes) is ignored: no loss, and zeros for its gradient.
typedef struct {
  size_t rows, classes;
  const float *logits;
  size_t logits_stride;
  const int32_t *ids;          // [rows]; or NULL, and then
  const float *targets;        // [rows][classes], distributions
  size_t targets_stride;
  const float *class_weights;  // [classes], or NULL: 1
  float smoothing;
  float scale;                 // of the gradient alone, one over the rows' total weight for a mean
  double *loss;                // added to
  float *gradient;             // may be the logits themselves
  size_t gradient_stride;
} fovea_cross_entropy;
