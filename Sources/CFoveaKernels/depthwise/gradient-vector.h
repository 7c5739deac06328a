#pragma once
#include "vector.h"

// Groups of neighbouring pixels as in the forward kernel: a group's gradients are loaded once for every tap.
// Other kernels than the common ones go the slow way.
#define EACH_SUMMED_DEPTHWISE(X) X(3, 1) X(3, 2) X(5, 1) X(5, 2)
#define EACH_INPUT_GRADIENT(X) X(3, 2) X(5, 2)

// What `pixels` gradients from x on add to the weights' sums, x ascending. An `edge` group may have fewer,
// the others being zeros, and of the columns that it sees only [first, last) lie inside the map.
static always_inline void sums_of_group(const fovea_depthwise_sums *op, size_t c, part lanes, bool whole,
                                        size_t halves, size_t x, size_t pixels, size_t width, size_t stride,
                                        bool edge) {
  ptrdiff_t left = (ptrdiff_t)(x * stride) - (ptrdiff_t)op->padding;
  ptrdiff_t right = (ptrdiff_t)op->input_width - left;
  size_t first = left < 0 ? (size_t)-left : 0, last = right < 0 ? 0 : (size_t)right;
  size_t reach = (pixels - 1) * stride + width;
  if (last > reach) last = reach;
  const element *gradient = (const element *)op->gradient + x * op->gradient_stride + c;
  bundle gradients[PIXEL_GROUP];
  unrolled for (size_t p = 0; p < PIXEL_GROUP; p++) {
    gradients[p] = splat_bundle(0);
    if (edge && p >= pixels) continue;
    gradients[p] = load_bundle(gradient + p * op->gradient_stride, lanes, whole, halves);
  }
  for (size_t ky = 0; ky < op->kernel_height; ky++) {
    const element *row = op->rows[ky];
    if (!row) continue;
    row += left * (ptrdiff_t)op->input_stride + (ptrdiff_t)c;
    float *to = op->sums + ky * width * op->channels + c;
    bundle sums[5];
    unrolled for (size_t kx = 0; kx < width; kx++)
      sums[kx] = load_float_bundle(to + kx * op->channels, lanes, whole, halves);
    unrolled for (size_t i = 0; i < (PIXEL_GROUP - 1) * stride + width; i++) {
      if (edge && (i < first || i >= last)) continue;
      bundle input = load_bundle(row + i * op->input_stride, lanes, whole, halves);
      unrolled for (size_t kx = 0; kx < width; kx++) {
        if (i < kx || (i - kx) % stride || (i - kx) / stride >= PIXEL_GROUP) continue;
        each_half(h) sums[kx].v[h] = fused(input.v[h], gradients[(i - kx) / stride].v[h], sums[kx].v[h]);
      }
    }
    unrolled for (size_t kx = 0; kx < width; kx++)
      store_float_bundle(to + kx * op->channels, sums[kx], lanes, whole, halves);
  }
}

// One tap of any kernel over a whole row.
static __attribute__((noinline)) void sums_of_tap(const fovea_depthwise_sums *op, size_t ky, size_t kx) {
  const element *row = op->rows[ky];
  float *to = op->sums + (ky * op->kernel_width + kx) * op->channels;
  for (size_t x = 0; row && x < op->output_width; x++) {
    size_t column = x * op->stride + kx;
    if (column < op->padding || column - op->padding >= op->input_width) continue;
    const element *input = row + (column - op->padding) * op->input_stride;
    const element *gradient = (const element *)op->gradient + x * op->gradient_stride;
    for_channels(c, op->channels, {
      vec sum = load_floats_lanes(to + c, lanes, whole);
      sum = fused(load_lanes(input + c, lanes, whole), load_lanes(gradient + c, lanes, whole), sum);
      store_floats_lanes(to + c, sum, lanes, whole);
    });
  }
}

static always_inline void sums_of_row(const fovea_depthwise_sums *call, size_t width, size_t stride) {
  const fovea_depthwise_sums copy = *call, *op = &copy;  // stores cannot be taken to change it
  for (size_t x = 0; x < op->output_width; x += PIXEL_GROUP) {
    size_t pixels = op->output_width - x < PIXEL_GROUP ? op->output_width - x : PIXEL_GROUP;
    bool left = x * stride < op->padding;
    bool edge = left || (x + pixels - 1) * stride + width > op->input_width + op->padding;
    edge |= pixels < PIXEL_GROUP;
    for_bundles(c, op->channels, {
      if (edge) sums_of_group(op, c, lanes, whole, halves, x, pixels, width, stride, true);
      else sums_of_group(op, c, lanes, whole, halves, x, PIXEL_GROUP, width, stride, false);
    });
  }
}

#define DEFINE_DEPTHWISE_SUMS(width, stride)                               \
  static __attribute__((noinline)) void depthwise_sums_##width##_##stride( \
      const fovea_depthwise_sums *op) {                                    \
    sums_of_row(op, width, stride);                                        \
  }
EACH_SUMMED_DEPTHWISE(DEFINE_DEPTHWISE_SUMS)

static void depthwise_sums(const fovea_depthwise_sums *op) {
#define TRY_DEPTHWISE_SUMS(width, step) \
  if (op->kernel_width == width && op->stride == step) return depthwise_sums_##width##_##step(op);
  EACH_SUMMED_DEPTHWISE(TRY_DEPTHWISE_SUMS)
  for (size_t ky = 0; ky < op->kernel_height; ky++) {
    for (size_t kx = 0; kx < op->kernel_width; kx++) sums_of_tap(op, ky, kx);
  }
}

// The input's columns in groups of 8: column i lies at i + padding = (q + j) · stride + phase, and its tap
// kx = phase + stride · m sees the gradient of output column q + j − m.

static always_inline void store_input_gradient(const fovea_depthwise_input_gradient *op, ptrdiff_t i,
                                               size_t c, bundle sum, part lanes, bool whole,
                                               size_t halves) {
  if (op->residual) {
    const element *residual = (const element *)op->residual + (size_t)i * op->residual_stride + c;
    bundle more = load_bundle(residual, lanes, whole, halves);
    each_half(h) sum.v[h] += more.v[h];
  }
  store_bundle((element *)op->output + (size_t)i * op->output_stride + c, sum, lanes, whole, halves);
}

static always_inline void input_gradient_group(const fovea_depthwise_input_gradient *op, size_t c, part lanes,
                                               bool whole, size_t halves, ptrdiff_t q, size_t width,
                                               size_t stride, bool edge) {
  size_t steps = PIXEL_GROUP / stride, most = (width - 1) / stride;  // m is at most that
  bundle sums[PIXEL_GROUP];
  unrolled for (size_t p = 0; p < PIXEL_GROUP; p++)
    sums[p] = splat_bundle(0);
  for (size_t ky = 0; ky < op->kernel_height; ky++) {
    const element *row = op->gradients[ky];
    if (!row) continue;
    bundle taps[5];
    unrolled for (size_t kx = 0; kx < width; kx++) {
      taps[kx] = load_float_bundle(op->weights + (ky * width + kx) * op->channels + c, lanes, whole, halves);
    }
    unrolled for (size_t n = 0; n < steps + most; n++) {
      ptrdiff_t x = q + (ptrdiff_t)(steps - 1) - (ptrdiff_t)n;  // descending, so that kx ascends
      if (edge && (x < 0 || x >= (ptrdiff_t)op->output_width)) continue;
      bundle gradient = load_bundle(row + x * (ptrdiff_t)op->gradient_stride + c, lanes, whole, halves);
      unrolled for (size_t kx = 0; kx < width; kx++) {
        size_t j = steps - 1 + kx / stride - n, p = j * stride + kx % stride;
        if (j >= steps) continue;
        each_half(h) sums[p].v[h] = fused(gradient.v[h], taps[kx].v[h], sums[p].v[h]);
      }
    }
  }
  ptrdiff_t first = q * (ptrdiff_t)stride - (ptrdiff_t)op->padding;
  unrolled for (size_t p = 0; p < steps * stride; p++) {
    ptrdiff_t i = first + (ptrdiff_t)p;
    if (edge && (i < 0 || i >= (ptrdiff_t)op->input_width)) continue;
    store_input_gradient(op, i, c, sums[p], lanes, whole, halves);
  }
}

static always_inline void input_gradient_row(const fovea_depthwise_input_gradient *call, size_t width,
                                             size_t stride) {
  const fovea_depthwise_input_gradient copy = *call, *op = &copy;
  size_t steps = PIXEL_GROUP / stride, most = (width - 1) / stride;
  for (size_t q = op->padding / stride; q * stride < op->padding + op->input_width; q += steps) {
    bool inside = q * stride >= op->padding && (q + steps) * stride <= op->padding + op->input_width;
    bool edge = !inside || q < most || q + steps > op->output_width;
    for_bundles(c, op->channels, {
      if (edge) input_gradient_group(op, c, lanes, whole, halves, (ptrdiff_t)q, width, stride, true);
      else input_gradient_group(op, c, lanes, whole, halves, (ptrdiff_t)q, width, stride, false);
    });
  }
}

// One pixel of any kernel.
static __attribute__((noinline)) void input_gradient_pixel(const fovea_depthwise_input_gradient *op,
                                                           size_t i) {
  size_t column = i + op->padding;
  for_channels(c, op->channels, {
    bundle sum = splat_bundle(0);
    for (size_t ky = 0; ky < op->kernel_height; ky++) {
      const element *row = op->gradients[ky];
      if (!row) continue;
      for (size_t kx = column % op->stride; kx < op->kernel_width && kx <= column; kx += op->stride) {
        size_t x = (column - kx) / op->stride;
        if (x >= op->output_width) continue;
        const float *tap = op->weights + (ky * op->kernel_width + kx) * op->channels + c;
        sum.v[0] = fused(load_lanes(row + x * op->gradient_stride + c, lanes, whole),
                         load_floats_lanes(tap, lanes, whole), sum.v[0]);
      }
    }
    store_input_gradient(op, (ptrdiff_t)i, c, sum, lanes, whole, 1);
  });
}

#define DEFINE_INPUT_GRADIENT(width, stride)                                         \
  static __attribute__((noinline)) void input_gradient_row_##width##_##stride(       \
      const fovea_depthwise_input_gradient *op) {                                    \
    input_gradient_row(op, width, stride);                                           \
  }
EACH_INPUT_GRADIENT(DEFINE_INPUT_GRADIENT)

static void depthwise_input_gradient(const fovea_depthwise_input_gradient *op) {
#define TRY_INPUT_GRADIENT(width, step) \
  if (op->kernel_width == width && op->stride == step) return input_gradient_row_##width##_##step(op);
  EACH_INPUT_GRADIENT(TRY_INPUT_GRADIENT)
  for (size_t i = 0; i < op->input_width; i++) input_gradient_pixel(op, i);
}
