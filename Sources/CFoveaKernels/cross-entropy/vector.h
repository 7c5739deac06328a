#pragma once
#include <math.h>
#include <string.h>

#include "../vector/common.h"

static inline bool cross_entropy_ignores(const fovea_cross_entropy *op, size_t r) {
  return op->ids && (op->ids[r] < 0 || (size_t)op->ids[r] >= op->classes);
}

// What targets hold besides the one of an id: t of a vector of classes.
static always_inline vec spread_target(const fovea_cross_entropy *op, size_t r, size_t c, part lanes,
                                       bool whole) {
  vec t = splat(op->smoothing / (float)op->classes);
  if (!op->ids) {
    vec q = load_floats_lanes(op->targets + r * op->targets_stride + c, lanes, whole);
    t = fused(splat(1 - op->smoothing), q, t);
  }
  return op->class_weights ? t * load_floats_lanes(op->class_weights + c, lanes, whole) : t;
}

// And the one of an id.
static inline float single_target(const fovea_cross_entropy *op, size_t r) {
  float t = 1 - op->smoothing;
  return op->class_weights ? t * op->class_weights[op->ids[r]] : t;
}

typedef struct {
  float powers, total, product;  // Σ e^(x − greatest), Σ t, Σ t (x − greatest)
} row_sums;

// Leaves e^(x − greatest) in the gradient. Without smoothing an id's targets are zero but for one.
static always_inline row_sums sum_row(const fovea_cross_entropy *op, size_t r, const float *logits,
                                      float *gradient, bool spread) {
  vec running = splat(-INFINITY);
  for_channels(c, op->classes, {
    vec x = load_floats_lanes(logits + c, lanes, whole);
    running = maximum(whole ? x : keep_part(x, lanes, running), running);
  });
  float greatest = reduce_max(running);
  row_sums sums = {0, 0, 0};
  if (op->ids) {
    sums.total = single_target(op, r);
    sums.product = sums.total * (logits[op->ids[r]] - greatest);
  }
  vec powers = splat(0), totals = splat(0), products = splat(0);
  for_channels(c, op->classes, {
    vec x = load_floats_lanes(logits + c, lanes, whole) - splat(greatest);
    vec power = exponential(x);
    store_floats_lanes(gradient + c, power, lanes, whole);
    powers += whole ? power : keep_part(power, lanes, splat(0));
    if (spread) {
      vec t = spread_target(op, r, c, lanes, whole);
      if (!whole) t = keep_part(t, lanes, splat(0));
      totals += t;
      products = fused(t, whole ? x : keep_part(x, lanes, splat(0)), products);
    }
  });
  sums.powers = reduce_add(powers);
  if (spread) {
    sums.total += reduce_add(totals);
    sums.product += reduce_add(products);
  }
  return sums;
}

static always_inline double cross_entropy_row(const fovea_cross_entropy *op, size_t r, const float *logits,
                                              float *gradient, bool spread) {
  row_sums sums = sum_row(op, r, logits, gradient, spread);
  vec factor = splat(op->scale * sums.total / sums.powers), scale = splat(-op->scale);
  for_channels(c, op->classes, {
    vec y = load_floats_lanes(gradient + c, lanes, whole) * factor;
    if (spread) y = fused(scale, spread_target(op, r, c, lanes, whole), y);
    store_floats_lanes(gradient + c, y, lanes, whole);
  });
  if (op->ids) gradient[op->ids[r]] -= op->scale * single_target(op, r);
  return (double)(sums.total * logf(sums.powers) - sums.product);
}

static void cross_entropy(const fovea_cross_entropy *call) {
  const fovea_cross_entropy copy = *call, *op = &copy;  // stores cannot be taken to change it
  bool spread = op->smoothing != 0 || !op->ids;
  for (size_t r = 0; r < op->rows; r++) {
    const float *logits = op->logits + r * op->logits_stride;
    float *gradient = op->gradient + r * op->gradient_stride;
    if (cross_entropy_ignores(op, r)) memset(gradient, 0, op->classes * sizeof *gradient);
    else if (spread) *op->loss += cross_entropy_row(op, r, logits, gradient, true);
    else *op->loss += cross_entropy_row(op, r, logits, gradient, false);
  }
}
