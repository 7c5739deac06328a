#pragma once
#include <math.h>
#include <string.h>

#include "../include/CFoveaKernels.h"

static inline bool cross_entropy_ignores(const fovea_cross_entropy *op, size_t r) {
  return op->ids && (op->ids[r] < 0 || (size_t)op->ids[r] >= op->classes);
}

// t of one class.
static inline float cross_entropy_target(const fovea_cross_entropy *op, size_t r, size_t c) {
  float q = op->ids ? (size_t)op->ids[r] == c : op->targets[r * op->targets_stride + c];
  float t = (1 - op->smoothing) * q + op->smoothing / (float)op->classes;
  return op->class_weights ? op->class_weights[c] * t : t;
}

// The loss of one row: Σ t · (log Σ eˣ − x), x less the greatest.
static inline double cross_entropy_row(const fovea_cross_entropy *op, size_t r, const float *logits,
                                       float *gradient) {
  float greatest = -INFINITY, sum = 0, total = 0, loss = 0;
  for (size_t c = 0; c < op->classes; c++) greatest = fmaxf(greatest, logits[c]);
  for (size_t c = 0; c < op->classes; c++) sum += expf(logits[c] - greatest);
  float logarithm = logf(sum);
  for (size_t c = 0; c < op->classes; c++) {
    float t = cross_entropy_target(op, r, c);
    total += t;
    loss += t * (logarithm - (logits[c] - greatest));
  }
  for (size_t c = 0; c < op->classes; c++) {
    float p = expf(logits[c] - greatest) / sum;
    gradient[c] = op->scale * (p * total - cross_entropy_target(op, r, c));
  }
  return (double)loss;
}

static void cross_entropy(const fovea_cross_entropy *op) {
  for (size_t r = 0; r < op->rows; r++) {
    float *gradient = op->gradient + r * op->gradient_stride;
    if (cross_entropy_ignores(op, r)) memset(gradient, 0, op->classes * sizeof *gradient);
    else *op->loss += cross_entropy_row(op, r, op->logits + r * op->logits_stride, gradient);
  }
}
