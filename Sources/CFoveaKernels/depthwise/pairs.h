#pragma once
#include "../activation/vector.h"

// Thirty-two bfloat16 channels at a time, in pairs. As products of matrix tiles, the taps on diagonals and two
// a step, 3×3 ran at 48 GFLOP/s with its epilogue, not 77. Products of pairs (vdpbf16ps) take four times as
// long as fused multiply-adds, for twice the work.

enum { PAIRED = 2 * LANES };

// The sums of `pixels` outputs from x on; columns outside [first, last) of an `edge` group count as zeros.
static always_inline void paired_sums(paired *sums, const fovea_depthwise *op, size_t x, size_t c,
                                      size_t pixels, size_t width, size_t stride, bool edge) {
  ptrdiff_t left = (ptrdiff_t)(x * stride) - (ptrdiff_t)op->padding;
  ptrdiff_t right = (ptrdiff_t)op->input_width - left;
  size_t first = left < 0 ? (size_t)-left : 0, last = right < 0 ? 0 : (size_t)right;
  paired bias = op->bias ? paired_floats(op->bias + c) : (paired){splat(0), splat(0)};
  unrolled for (size_t p = 0; p < pixels; p++)
    sums[p] = bias;
  for (size_t ky = 0; ky < op->kernel_height; ky++) {
    const element *row = op->rows[ky];
    if (!row) continue;
    row += left * (ptrdiff_t)op->input_stride + (ptrdiff_t)c;
    paired taps[5];
    unrolled for (size_t kx = 0; kx < width; kx++) {
      taps[kx] = paired_floats(op->weights + (ky * width + kx) * op->channels + c);
    }
    unrolled for (size_t i = 0; i < (pixels - 1) * stride + width; i++) {
      if (edge && (i < first || i >= last)) continue;
      paired input = paired_elements(row + i * op->input_stride);
      unrolled for (size_t kx = 0; kx < width; kx++) {
        if (i < kx || (i - kx) % stride || (i - kx) / stride >= pixels) continue;
        paired *sum = &sums[(i - kx) / stride];
        sum->even = fused(input.even, taps[kx].even, sum->even);
        sum->odd = fused(input.odd, taps[kx].odd, sum->odd);
      }
    }
  }
}

// The epilogues that are not done in registers.
static __attribute__((noinline)) void paired_store(const fovea_depthwise *op, const paired *sums, size_t x,
                                                   size_t c, size_t pixels) {
  element *output = (element *)op->output + x * op->output_stride + c;
  const element *residual = op->residual ? (const element *)op->residual + x * op->residual_stride + c : NULL;
  with_activation(op->activation, {
    for (size_t p = 0; p < pixels; p++) {
      paired y = {activated((fovea_activation)kind, sums[p].even),
                  activated((fovea_activation)kind, sums[p].odd)};
      if (residual) {
        paired more = paired_elements(residual + p * op->residual_stride);
        y.even += more.even;
        y.odd += more.odd;
      }
      store_paired(output + p * op->output_stride, y);
    }
  })
}

// The channels [0, end) of a group, `end` being the last multiple of 32.
static always_inline void depthwise_pairs(const fovea_depthwise *op, size_t x, size_t end, size_t pixels,
                                          size_t width, size_t stride, bool edge) {
  for (size_t c = 0; c < end; c += PAIRED) {
    paired sums[8];
    if (edge) paired_sums(sums, op, x, c, pixels, width, stride, true);
    else paired_sums(sums, op, x, c, pixels, width, stride, false);
    cheap_epilogue cheap = cheap_epilogue_of(op->activation, op->residual != NULL);
    if (!cheap.direct) {
      paired kept[8];
      unrolled for (size_t p = 0; p < pixels; p++)
        kept[p] = sums[p];
      paired_store(op, kept, x, c, pixels);
      continue;
    }
    element *output = (element *)op->output + x * op->output_stride + c;
    unrolled for (size_t p = 0; p < pixels; p++) {
      paired y = sums[p];
      if (cheap.is_hardswish) y = (paired){hardswish(y.even), hardswish(y.odd)};
      else y = (paired){clamped(y.even, cheap.low, cheap.high), clamped(y.odd, cheap.low, cheap.high)};
      store_paired(output + p * op->output_stride, y);
    }
  }
}
