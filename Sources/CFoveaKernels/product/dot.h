#pragma once
#include "tile.h"

// One tap by dot products of bfloat16 pairs: panels are [depth / 2][16][2], and a pair begins at an even
// position of the depth, so that a tap may begin and end in the middle of one.

static always_inline void dot_step(tile_row *sums, const element *panel, size_t panel_size,
                                   const uint32_t *pairs, size_t rows, size_t panels) {
  __m512i column[TILE_PANELS];
  unrolled for (size_t v = 0; v < panels; v++)
    column[v] = _mm512_loadu_si512(panel + v * panel_size);
  unrolled for (size_t r = 0; r < rows; r++) {
    __m512bh x = (__m512bh)_mm512_set1_epi32((int)pairs[r]);
    unrolled for (size_t v = 0; v < panels; v++) {
      sums[r][v] = (vec)_mm512_dpbf16_ps((__m512)sums[r][v], x, (__m512bh)column[v]);
    }
  }
}

static always_inline void product_tap(tile_row *sums, const element *input, size_t stride,
                                      const element *weights, size_t panel_size, const fovea_tap *tap,
                                      size_t rows, size_t panels) {
  size_t k = 0, depth = tap->depth;
  uint32_t pairs[TILE_ROWS];
  weights += tap->first / 2 * 2 * FOVEA_PANEL;
  if (tap->first % 2 && depth) {
    unrolled for (size_t r = 0; r < rows; r++)
      pairs[r] = (uint32_t)input[r * stride] << 16;
    dot_step(sums, weights, panel_size, pairs, rows, panels);
    weights += 2 * FOVEA_PANEL;
    k = 1;
  }
  for (; k + 2 <= depth; k += 2) {
    unrolled for (size_t r = 0; r < rows; r++)
      memcpy(&pairs[r], input + r * stride + k, sizeof *pairs);
    dot_step(sums, weights, panel_size, pairs, rows, panels);
    weights += 2 * FOVEA_PANEL;
  }
  if (k < depth) {
    unrolled for (size_t r = 0; r < rows; r++)
      pairs[r] = input[r * stride + k];
    dot_step(sums, weights, panel_size, pairs, rows, panels);
  }
}
