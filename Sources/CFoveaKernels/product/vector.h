#pragma once
#include "../activation/vector.h"
#if TABLE_GRANULARITY > 1
#include "dot.h"
#else
#include "multiply.h"
#endif

// A tile of TILE_ROWS rows by TILE_PANELS panels of sums stays in registers over the whole depth; a step of
// the depth loads a row of each panel once and broadcasts one input element a row. Remainders are smaller
// tiles of the same code, so that an output's sum is the same whatever tile it falls into.

// A block of rows whose inputs should stay in the second-level cache while the panels pass by.
enum { BLOCK_BYTES = 128 << 10 };

static always_inline void product_start(vec *sums, const fovea_product *op, size_t column, size_t vectors) {
  unrolled for (size_t v = 0; v < vectors; v++) {
    size_t at = column + v * LANES;
    sums[v] = splat(0);
    if (op->bias && at + LANES <= op->columns) sums[v] = load_floats(op->bias + at);
    else if (op->bias && at < op->columns)
      sums[v] = load_floats_part(op->bias + at, first_lanes(op->columns - at));
  }
}

static always_inline void product_store(const fovea_product *op, tile_row *sums, size_t row, size_t column,
                                        size_t rows, size_t vectors) {
  size_t columns = op->columns - column < vectors * LANES ? op->columns - column : vectors * LANES;
  element *output = (element *)op->output + row * op->output_stride + column;
  cheap_epilogue cheap = cheap_epilogue_of(op->activation, op->residual != NULL);
  if (cheap.direct && columns == vectors * LANES) {
    unrolled for (size_t r = 0; r < rows; r++) {
      unrolled for (size_t v = 0; v < vectors; v++) {
        if (cheap.is_hardswish) sums[r][v] = hardswish(sums[r][v]);
        else sums[r][v] = clamped(sums[r][v], cheap.low, cheap.high);
        store(output + r * op->output_stride + v * LANES, sums[r][v]);
      }
    }
    return;
  }
  _Alignas(64) float block[TILE_ROWS * TILE_PANELS * FOVEA_PANEL];
  unrolled for (size_t r = 0; r < rows; r++) {
    unrolled for (size_t v = 0; v < vectors; v++)
      store_floats(block + (r * vectors + v) * LANES, sums[r][v]);
  }
  const element *residual = op->residual;
  finish(&(epilogue){.rows = rows,
                     .columns = columns,
                     .sums = block,
                     .sums_stride = vectors * LANES,
                     .activation = op->activation,
                     .residual = residual ? residual + row * op->residual_stride + column : NULL,
                     .residual_stride = op->residual_stride,
                     .output = output,
                     .output_stride = op->output_stride});
}

static always_inline void product_tile(const fovea_product *op, size_t row, size_t column, size_t rows,
                                       size_t panels) {
  tile_row sums[TILE_ROWS];
  product_start(sums[0], op, column, panels * PANEL_VECTORS);
  unrolled for (size_t r = 1; r < rows; r++) {
    unrolled for (size_t v = 0; v < panels * PANEL_VECTORS; v++)
      sums[r][v] = sums[0][v];
  }
  size_t panel_size =
      (op->weights_depth + TABLE_GRANULARITY - 1) / TABLE_GRANULARITY * TABLE_GRANULARITY * FOVEA_PANEL;
  const element *weights = (const element *)op->weights + column / FOVEA_PANEL * panel_size;
  for (size_t t = 0; t < op->tap_count; t++) {
    const fovea_tap *tap = &op->taps[t];
    const element *input = (const element *)tap->input + row * op->input_stride;
    product_tap(sums, input, op->input_stride, weights, panel_size, tap, rows, panels);
  }
  product_store(op, sums, row, column, rows, panels * PANEL_VECTORS);
}

typedef void product_tile_function(const fovea_product *, size_t row, size_t column);

#define DEFINE_TILE(rows, panels)                                                                  \
  static void product_tile_##rows##_##panels(const fovea_product *op, size_t row, size_t column) { \
    product_tile(op, row, column, rows, panels);                                                   \
  }
#define NAME_TILE(rows, panels) product_tile_##rows##_##panels,

#define ROWS_TO_6(X, panels) X(1, panels) X(2, panels) X(3, panels) X(4, panels) X(5, panels) X(6, panels)
#define ROWS_TO_14(X, panels)                                                                    \
  ROWS_TO_6(X, panels)                                                                           \
  X(7, panels) X(8, panels) X(9, panels) X(10, panels) X(11, panels) X(12, panels) X(13, panels) \
      X(14, panels)

// clang-format off
#if TILE_ROWS == 14
ROWS_TO_14(DEFINE_TILE, 1)
ROWS_TO_14(DEFINE_TILE, 2)
static product_tile_function *const product_tiles[TILE_PANELS][TILE_ROWS] = {
    {ROWS_TO_14(NAME_TILE, 1)}, {ROWS_TO_14(NAME_TILE, 2)}};
#else
ROWS_TO_6(DEFINE_TILE, 1)
static product_tile_function *const product_tiles[TILE_PANELS][TILE_ROWS] = {{ROWS_TO_6(NAME_TILE, 1)}};
#endif
// clang-format on

// Rows [first, end) in as few tiles as hold them, all of nearly one height.
static inline void product_block(const fovea_product *op, size_t first, size_t end, size_t column,
                                 size_t panels) {
  size_t tiles = (end - first + TILE_ROWS - 1) / TILE_ROWS;
  for (size_t t = 0, row = first; t < tiles; t++) {
    size_t rows = (end - row) / (tiles - t);
    product_tiles[panels - 1][rows - 1](op, row, column);
    row += rows;
  }
}

static void product(const fovea_product *op) {
  size_t depth = 0;
  for (size_t t = 0; t < op->tap_count; t++) depth += op->taps[t].depth;
  size_t tiles = BLOCK_BYTES / (sizeof(element) * TILE_ROWS * (depth + 1)) + 1;
  size_t panels = (op->columns + FOVEA_PANEL - 1) / FOVEA_PANEL;
  for (size_t first = 0; first < op->rows;) {
    size_t rows = op->rows - first < tiles * TILE_ROWS ? op->rows - first : tiles * TILE_ROWS;
    for (size_t p = 0; p < panels; p += TILE_PANELS) {
      size_t wide = panels - p < TILE_PANELS ? panels - p : TILE_PANELS;
      product_block(op, first, first + rows, p * FOVEA_PANEL, wide);
    }
    first += rows;
  }
}
