#pragma once
#include "../activation/vector.h"
#if FOVEA_VECTOR_HAS_BFLOAT16
#include "pairs.h"
#endif

// A group of neighbouring output pixels a time, channels innermost: the group's input vectors are loaded once
// a kernel row, and a tap enters every pixel's sum before the next one does, so that no sum waits for itself.

enum { PIXEL_GROUP = 8, MOST_INPUTS = 7 * 2 + 7 };

// The sums of `pixels` outputs from x on. Where the group hangs over a border (`edge`), only the columns
// [first, last) of it lie inside the map.
static always_inline void group_sums(vec *sums, const fovea_depthwise *op, size_t x, size_t c, part lanes,
                                         bool whole, size_t pixels, size_t width, size_t stride, bool edge) {
  ptrdiff_t left = (ptrdiff_t)(x * stride) - (ptrdiff_t)op->padding;
  ptrdiff_t right = (ptrdiff_t)op->input_width - left;
  size_t first = left < 0 ? (size_t)-left : 0, last = right < 0 ? 0 : (size_t)right;
  vec bias = op->bias ? load_floats_lanes(op->bias + c, lanes, whole) : splat(0);
  unrolled for (size_t p = 0; p < pixels; p++)
    sums[p] = bias;
  for (size_t ky = 0; ky < op->kernel_height; ky++) {
    const element *row = op->rows[ky];
    if (!row) continue;
    row += left * (ptrdiff_t)op->input_stride + (ptrdiff_t)c;
    const float *weights = op->weights + ky * width * op->channels + c;
    vec inputs[MOST_INPUTS];
    unrolled for (size_t i = 0; i < (pixels - 1) * stride + width; i++) {
      bool inside = !edge || (i >= first && i < last);
      inputs[i] = inside ? load_lanes(row + i * op->input_stride, lanes, whole) : splat(0);
    }
    unrolled for (size_t kx = 0; kx < width; kx++) {
      vec tap = load_floats_lanes(weights + kx * op->channels, lanes, whole);
      unrolled for (size_t p = 0; p < pixels; p++)
        sums[p] = fused(inputs[p * stride + kx], tap, sums[p]);
    }
  }
}

static always_inline void depthwise_store(const fovea_depthwise *op, vec *sums, size_t x, size_t c,
                                          part lanes, bool whole, size_t pixels) {
  element *output = (element *)op->output + x * op->output_stride + c;
  cheap_epilogue cheap = cheap_epilogue_of(op->activation, op->residual != NULL);
  if (cheap.direct) {
    unrolled for (size_t p = 0; p < pixels; p++) {
      if (cheap.is_hardswish) sums[p] = hardswish(sums[p]);
      else sums[p] = clamped(sums[p], cheap.low, cheap.high);
      store_lanes(output + p * op->output_stride, sums[p], lanes, whole);
    }
    return;
  }
  _Alignas(64) float block[PIXEL_GROUP * LANES];
  unrolled for (size_t p = 0; p < pixels; p++)
    store_floats(block + p * LANES, sums[p]);
  const element *residual = op->residual;
  finish(&(epilogue){.rows = pixels,
                     .columns = whole ? LANES : op->channels - c,
                     .sums = block,
                     .sums_stride = LANES,
                     .activation = op->activation,
                     .residual = residual ? residual + x * op->residual_stride + c : NULL,
                     .residual_stride = op->residual_stride,
                     .output = output,
                     .output_stride = op->output_stride});
}

static always_inline void depthwise_group(const fovea_depthwise *op, size_t x, size_t pixels, size_t width,
                                          size_t stride) {
  bool edge = x * stride < op->padding || (x + pixels - 1) * stride + width > op->input_width + op->padding;
  size_t done = 0;
#if FOVEA_VECTOR_HAS_BFLOAT16
  if (width <= 5) {
    done = op->channels / PAIRED * PAIRED;
    depthwise_pairs(op, x, done, pixels, width, stride, edge);
  }
#endif
  for_channels(rest, op->channels - done, {
    size_t c = done + rest;
    vec sums[PIXEL_GROUP];
    if (edge) group_sums(sums, op, x, c, lanes, whole, pixels, width, stride, true);
    else group_sums(sums, op, x, c, lanes, whole, pixels, width, stride, false);
    depthwise_store(op, sums, x, c, lanes, whole, pixels);
  });
}

// One pixel of any kernel, its columns cut where they hang over the border.
static __attribute__((noinline)) void depthwise_pixel(const fovea_depthwise *op, size_t x) {
  size_t left = x * op->stride, end = op->padding + op->input_width;
  size_t first = left < op->padding ? op->padding - left : 0;
  size_t last = left >= end ? 0 : end - left < op->kernel_width ? end - left : op->kernel_width;
  for_channels(c, op->channels, {
    vec sum = op->bias ? load_floats_lanes(op->bias + c, lanes, whole) : splat(0);
    for (size_t ky = 0; ky < op->kernel_height; ky++) {
      const element *row = op->rows[ky];
      if (!row) continue;
      for (size_t kx = first; kx < last; kx++) {
        vec tap =
            load_floats_lanes(op->weights + (ky * op->kernel_width + kx) * op->channels + c, lanes, whole);
        vec input = load_lanes(row + (left + kx - op->padding) * op->input_stride + c, lanes, whole);
        sum = fused(input, tap, sum);
      }
    }
    depthwise_store(op, &sum, x, c, lanes, whole, 1);
  });
}

// A row by a kernel of a width and stride that are known here, in groups as large as fit.
// It works on a copy of the call, which stores to the output cannot be taken to change.
#define DEFINE_DEPTHWISE(width, stride)                                                             \
  static __attribute__((noinline)) void depthwise_##width##_##stride(const fovea_depthwise *call) { \
    const fovea_depthwise copy = *call, *op = &copy;                                                \
    size_t x = 0, end = op->output_width;                                                           \
    for (; x + 8 <= end; x += 8) depthwise_group(op, x, 8, width, stride);                          \
    for (; x + 4 <= end; x += 4) depthwise_group(op, x, 4, width, stride);                          \
    for (; x + 2 <= end; x += 2) depthwise_group(op, x, 2, width, stride);                          \
    if (x < end) depthwise_group(op, x, 1, width, stride);                                          \
  }

#define EACH_DEPTHWISE(X) X(3, 1) X(3, 2) X(5, 1) X(5, 2) X(7, 1) X(7, 2)

EACH_DEPTHWISE(DEFINE_DEPTHWISE)

static void depthwise(const fovea_depthwise *op) {
#define TRY_DEPTHWISE(width, step) \
  if (op->kernel_width == width && op->stride == step) return depthwise_##width##_##step(op);
  EACH_DEPTHWISE(TRY_DEPTHWISE)
  for (size_t x = 0; x < op->output_width; x++) depthwise_pixel(op, x);
}
