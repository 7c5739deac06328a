#pragma once
#include <string.h>

#include "../activation/slope.h"

// Sums over rows stay in registers for RUN_OF_ROWS rows, few enough that each may be a stream of its own for
// the prefetchers. Pointwise kernels go through a few rows at once, so that parameters are loaded once for
// them.

enum { RUN_OF_ROWS = 16, ROWS_AT_ONCE = 4 };

static inline size_t rows_from(size_t r, size_t rows, size_t most) {
  return rows - r < most ? rows - r : most;
}

// sums[c] += Σ_r (input[r][c] − mean[c])^power over a few rows; power is 1 or 2, mean NULL for 0.
static always_inline void add_deviations(float *sums, const fovea_channel_moments *op, const float *mean,
                                         size_t r, size_t rows, size_t power) {
  const element *input = (const element *)op->input + r * op->input_stride;
  for_bundles(c, op->channels, {
    bundle sum = load_float_bundle(sums + c, lanes, whole, halves);
    bundle centre = parameter(mean, c, 0, lanes, whole, halves);
    for (size_t i = 0; i < rows; i++) {
      bundle x = load_bundle(input + i * op->input_stride + c, lanes, whole, halves);
      each_half(h) {
        vec d = x.v[h] - centre.v[h];
        sum.v[h] = power == 2 ? fused(d, d, sum.v[h]) : sum.v[h] + d;
      }
    }
    store_float_bundle(sums + c, sum, lanes, whole, halves);
  });
}

static void channel_moments(const fovea_channel_moments *call) {
  const fovea_channel_moments copy = *call, *op = &copy;  // stores cannot be taken to change it
  vec inverse = splat(op->rows ? 1 / (float)op->rows : 0);
  memset(op->means, 0, op->channels * sizeof *op->means);
  memset(op->squares, 0, op->channels * sizeof *op->squares);
  for (size_t r = 0; r < op->rows; r += RUN_OF_ROWS) {
    add_deviations(op->means, op, NULL, r, rows_from(r, op->rows, RUN_OF_ROWS), 1);
  }
  for_channels(c, op->channels, {
    vec mean = load_floats_lanes(op->means + c, lanes, whole) * inverse;
    store_floats_lanes(op->means + c, mean, lanes, whole);
  });
  for (size_t r = 0; r < op->rows; r += RUN_OF_ROWS) {
    add_deviations(op->squares, op, op->means, r, rows_from(r, op->rows, RUN_OF_ROWS), 2);
  }
}

static always_inline void scale_shift_rows(const fovea_scale_shift *op, fovea_activation kind, size_t r,
                                           size_t rows) {
  const element *input = (const element *)op->input + r * op->input_stride;
  const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
  element *output = (element *)op->output + r * op->output_stride;
  for_bundles(c, op->channels, {
    bundle scale = parameter(op->scale, c, 1, lanes, whole, halves);
    bundle shift = parameter(op->shift, c, 0, lanes, whole, halves);
    for (size_t i = 0; i < rows; i++) {
      bundle y = load_bundle(input + i * op->input_stride + c, lanes, whole, halves);
      each_half(h) y.v[h] = activated(kind, fused(y.v[h], scale.v[h], shift.v[h]));
      if (residual) {
        bundle more = load_bundle(residual + i * op->residual_stride + c, lanes, whole, halves);
        each_half(h) y.v[h] += more.v[h];
      }
      store_bundle(output + i * op->output_stride + c, y, lanes, whole, halves);
    }
  });
}

static void scale_shift(const fovea_scale_shift *call) {
  const fovea_scale_shift copy = *call, *op = &copy;
  with_activation(op->activation, {
    for (size_t r = 0; r < op->rows; r += ROWS_AT_ONCE) {
      scale_shift_rows(op, (fovea_activation)kind, r, rows_from(r, op->rows, ROWS_AT_ONCE));
    }
  })
}

// What a few rows add to the sums.
static always_inline void add_gradients(const fovea_activation_gradient_sums *op, fovea_activation kind,
                                        size_t r, size_t rows) {
  const fovea_activation_gradient *of = &op->of;
  const element *input = (const element *)of->input + r * of->input_stride;
  const element *gradient = (const element *)of->gradient + r * of->gradient_stride;
  for_bundles(c, of->channels, {
    bundle scale = parameter(of->scale, c, 1, lanes, whole, halves);
    bundle shift = parameter(of->shift, c, 0, lanes, whole, halves);
    bundle mean = parameter(op->means, c, 0, lanes, whole, halves);
    bundle sums = load_float_bundle(op->sums + c, lanes, whole, halves);
    bundle products = parameter(op->products, c, 0, lanes, whole, halves);
    for (size_t i = 0; i < rows; i++) {
      bundle x = load_bundle(input + i * of->input_stride + c, lanes, whole, halves);
      bundle g = load_bundle(gradient + i * of->gradient_stride + c, lanes, whole, halves);
      each_half(h) {
        g.v[h] *= slope_at(kind, fused(x.v[h], scale.v[h], shift.v[h]));
        sums.v[h] += g.v[h];
        products.v[h] = fused(g.v[h], x.v[h] - mean.v[h], products.v[h]);
      }
    }
    store_float_bundle(op->sums + c, sums, lanes, whole, halves);
    if (op->products) store_float_bundle(op->products + c, products, lanes, whole, halves);
  });
}

static void activation_gradient_sums(const fovea_activation_gradient_sums *call) {
  const fovea_activation_gradient_sums copy = *call, *op = &copy;
  with_activation(op->of.activation, {
    for (size_t r = 0; r < op->of.rows; r += RUN_OF_ROWS) {
      add_gradients(op, (fovea_activation)kind, r, rows_from(r, op->of.rows, RUN_OF_ROWS));
    }
  })
}

static always_inline void apply_gradients(const fovea_activation_gradient_apply *op, fovea_activation kind,
                                          size_t r, size_t rows) {
  const fovea_activation_gradient *of = &op->of;
  const element *input = (const element *)of->input + r * of->input_stride;
  const element *gradient = (const element *)of->gradient + r * of->gradient_stride;
  const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
  element *output = (element *)op->output + r * op->output_stride;
  for_bundles(c, of->channels, {
    bundle scale = parameter(of->scale, c, 1, lanes, whole, halves);
    bundle shift = parameter(of->shift, c, 0, lanes, whole, halves);
    bundle factor = parameter(op->factor, c, 1, lanes, whole, halves);
    bundle slope = parameter(op->slope, c, 0, lanes, whole, halves);
    bundle offset = parameter(op->offset, c, 0, lanes, whole, halves);
    for (size_t i = 0; i < rows; i++) {
      bundle x = load_bundle(input + i * of->input_stride + c, lanes, whole, halves);
      bundle y = load_bundle(gradient + i * of->gradient_stride + c, lanes, whole, halves);
      each_half(h) {
        y.v[h] *= slope_at(kind, fused(x.v[h], scale.v[h], shift.v[h]));
        y.v[h] = fused(y.v[h], factor.v[h], fused(x.v[h], slope.v[h], offset.v[h]));
      }
      if (residual) {
        bundle more = load_bundle(residual + i * op->residual_stride + c, lanes, whole, halves);
        each_half(h) y.v[h] += more.v[h];
      }
      store_bundle(output + i * op->output_stride + c, y, lanes, whole, halves);
    }
  });
}

static void activation_gradient_apply(const fovea_activation_gradient_apply *call) {
  const fovea_activation_gradient_apply copy = *call, *op = &copy;
  with_activation(op->of.activation, {
    for (size_t r = 0; r < op->of.rows; r += ROWS_AT_ONCE) {
      apply_gradients(op, (fovea_activation)kind, r, rows_from(r, op->of.rows, ROWS_AT_ONCE));
    }
  })
}
