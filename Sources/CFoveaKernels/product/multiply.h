#pragma once
#include "tile.h"

// One tap by fused multiply-adds: panels are [depth][16].
static always_inline void product_tap(tile_row *sums, const element *input, size_t stride,
                                      const element *weights, size_t panel_size, const fovea_tap *tap,
                                      size_t rows, size_t panels) {
  weights += tap->first * FOVEA_PANEL;
  size_t depth = tap->depth;
  for (size_t k = 0; k < depth; k++) {
    tile_row column;
    unrolled for (size_t v = 0; v < panels * PANEL_VECTORS; v++) {
      const element *panel = weights + v / PANEL_VECTORS * panel_size;
      column[v] = load(panel + k * FOVEA_PANEL + v % PANEL_VECTORS * LANES);
    }
    unrolled for (size_t r = 0; r < rows; r++) {
      vec x = splat(get(input + r * stride + k));
      unrolled for (size_t v = 0; v < panels * PANEL_VECTORS; v++)
        sums[r][v] = fused(x, column[v], sums[r][v]);
    }
  }
}
