#pragma once
#include "../activation/slope.h"

// Four vectors of channels at a time, so that a row's cache lines are used whole, and no sum waits for itself.
enum { MOMENT_VECTORS = 4 };

static always_inline void moments_strip(const fovea_channel_moments *op, size_t c, part lanes, bool whole,
                                        size_t vectors) {
  const element *input = (const element *)op->input + c;
  vec means[MOMENT_VECTORS], squares[MOMENT_VECTORS];
  unrolled for (size_t v = 0; v < vectors; v++)
    means[v] = squares[v] = splat(0);
  for (size_t r = 0; r < op->rows; r++) {
    const element *from = input + r * op->input_stride;
    unrolled for (size_t v = 0; v < vectors; v++)
      means[v] += load_lanes(from + v * LANES, lanes, whole);
  }
  vec count = splat(op->rows ? (float)op->rows : 1);
  unrolled for (size_t v = 0; v < vectors; v++)
    means[v] /= count;
  for (size_t r = 0; r < op->rows; r++) {
    const element *from = input + r * op->input_stride;
    unrolled for (size_t v = 0; v < vectors; v++) {
      vec d = load_lanes(from + v * LANES, lanes, whole) - means[v];
      squares[v] = fused(d, d, squares[v]);
    }
  }
  unrolled for (size_t v = 0; v < vectors; v++) {
    store_floats_lanes(op->means + c + v * LANES, means[v], lanes, whole);
    store_floats_lanes(op->squares + c + v * LANES, squares[v], lanes, whole);
  }
}

static void channel_moments(const fovea_channel_moments *op) {
  size_t c = 0, width = MOMENT_VECTORS * LANES;
  for (; c + width <= op->channels; c += width) {
    moments_strip(op, c, first_lanes(LANES), true, MOMENT_VECTORS);
  }
  for_channels(rest, op->channels - c, { moments_strip(op, c + rest, lanes, whole, 1); });
}

// scale and shift of the channels from c on.
static always_inline vec scaled(const float *scale, const float *shift, size_t c, vec x, part lanes,
                                bool whole) {
  vec factor = scale ? load_floats_lanes(scale + c, lanes, whole) : splat(1);
  return fused(x, factor, shift ? load_floats_lanes(shift + c, lanes, whole) : splat(0));
}

static void scale_shift(const fovea_scale_shift *call) {
  const fovea_scale_shift copy = *call, *op = &copy;  // stores cannot be taken to change it
  with_activation(op->activation, {
    for (size_t r = 0; r < op->rows; r++) {
      const element *input = (const element *)op->input + r * op->input_stride;
      const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
      element *output = (element *)op->output + r * op->output_stride;
      for_channels(c, op->channels, {
        vec x = load_lanes(input + c, lanes, whole);
        vec y = activated((fovea_activation)kind, scaled(op->scale, op->shift, c, x, lanes, whole));
        if (residual) y += load_lanes(residual + c, lanes, whole);
        store_lanes(output + c, y, lanes, whole);
      });
    }
  })
}

// g of a vector, of whose inputs x is one.
static always_inline vec activation_gradient(const fovea_activation_gradient *of, fovea_activation kind,
                                             size_t r, size_t c, vec x, part lanes, bool whole) {
  vec gradient = load_lanes((const element *)of->gradient + r * of->gradient_stride + c, lanes, whole);
  return gradient * slope_at(kind, scaled(of->scale, of->shift, c, x, lanes, whole));
}

static void activation_gradient_sums(const fovea_activation_gradient_sums *call) {
  const fovea_activation_gradient_sums copy = *call, *op = &copy;
  const fovea_activation_gradient *of = &op->of;
  const element *input = of->input;
  with_activation(of->activation, {
    for_channels(c, of->channels, {
      vec sums = load_floats_lanes(op->sums + c, lanes, whole);
      vec products = op->products ? load_floats_lanes(op->products + c, lanes, whole) : splat(0);
      vec mean = op->means ? load_floats_lanes(op->means + c, lanes, whole) : splat(0);
      for (size_t r = 0; r < of->rows; r++) {
        vec x = load_lanes(input + r * of->input_stride + c, lanes, whole);
        vec g = activation_gradient(of, (fovea_activation)kind, r, c, x, lanes, whole);
        sums += g;
        products = fused(g, x - mean, products);
      }
      store_floats_lanes(op->sums + c, sums, lanes, whole);
      if (op->products) store_floats_lanes(op->products + c, products, lanes, whole);
    });
  })
}

static void activation_gradient_apply(const fovea_activation_gradient_apply *call) {
  const fovea_activation_gradient_apply copy = *call, *op = &copy;
  const fovea_activation_gradient *of = &op->of;
  with_activation(of->activation, {
    for (size_t r = 0; r < of->rows; r++) {
      const element *input = (const element *)of->input + r * of->input_stride;
      const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
      element *output = (element *)op->output + r * op->output_stride;
      for_channels(c, of->channels, {
        vec x = load_lanes(input + c, lanes, whole);
        vec y = activation_gradient(of, (fovea_activation)kind, r, c, x, lanes, whole);
        if (op->factor) y *= load_floats_lanes(op->factor + c, lanes, whole);
        if (op->slope) y = fused(x, load_floats_lanes(op->slope + c, lanes, whole), y);
        if (op->offset) y += load_floats_lanes(op->offset + c, lanes, whole);
        if (residual) y += load_lanes(residual + c, lanes, whole);
        store_lanes(output + c, y, lanes, whole);
      });
    }
  })
}
