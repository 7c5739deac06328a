#pragma once
#include "../product/vector.h"

// Runs of rows, of which a block of the depth and a strip of columns are laid side by side in float32 first:
// strides of a power of two would otherwise put all rows into a few sets of the cache (0.72 instead of 0.80
// of a product's speed at a depth of 256). A tile of TILE_ROWS sums by a strip then stays in registers while
// the run passes by, an outer product a row.

enum {
  OUTER_ROWS = 64,
  STRIP_VECTORS = TILE_PANELS * PANEL_VECTORS,
  STRIP = STRIP_VECTORS * LANES,
  OUTER_DEPTH = 8 * TILE_ROWS,  // a multiple of LANES
};

// Part of a run: [rows][height] of the input against [rows][vectors] of the strip.
typedef struct {
  const float *input;
  size_t input_stride;
  const float *strip;  // vectors · LANES apart
  float *sums;
  size_t sums_stride;
  size_t rows;
  part lanes;  // of the last column of vectors
} outer_block;

static always_inline void outer_tile(const outer_block *block, size_t height, size_t vectors, bool whole) {
  tile_row sums[TILE_ROWS];
  const float *strip = block->strip, *input = block->input;
  unrolled for (size_t a = 0; a < height; a++) {
    unrolled for (size_t v = 0; v < vectors; v++) {
      sums[a][v] = load_floats_lanes(block->sums + a * block->sums_stride + v * LANES, block->lanes, whole);
    }
  }
  for (size_t r = 0; r < block->rows; r++, input += block->input_stride, strip += vectors * LANES) {
    vec gradient[STRIP_VECTORS];
    unrolled for (size_t v = 0; v < vectors; v++)
      gradient[v] = load_floats(strip + v * LANES);
    unrolled for (size_t a = 0; a < height; a++) {
      vec x = splat(input[a]);
      unrolled for (size_t v = 0; v < vectors; v++)
        sums[a][v] = fused(x, gradient[v], sums[a][v]);
    }
  }
  unrolled for (size_t a = 0; a < height; a++) {
    unrolled for (size_t v = 0; v < vectors; v++) {
      store_floats_lanes(block->sums + a * block->sums_stride + v * LANES, sums[a][v], block->lanes, whole);
    }
  }
}

typedef void outer_tile_function(const outer_block *);

#define DEFINE_OUTER(rows, strip)                                          \
  static void outer_tile_##rows##_##strip(const outer_block *block) {      \
    if (strip) outer_tile(block, rows, STRIP_VECTORS, true);               \
    else outer_tile(block, rows, 1, false);                                \
  }
#define NAME_OUTER(rows, strip) outer_tile_##rows##_##strip,

// clang-format off
#if TILE_ROWS == 14
#define OUTER_HEIGHTS ROWS_TO_14
#else
#define OUTER_HEIGHTS ROWS_TO_6
#endif
OUTER_HEIGHTS(DEFINE_OUTER, 0)
OUTER_HEIGHTS(DEFINE_OUTER, 1)
static outer_tile_function *const outer_tiles[2][TILE_ROWS] = {
    {OUTER_HEIGHTS(NAME_OUTER, 0)}, {OUTER_HEIGHTS(NAME_OUTER, 1)}};
// clang-format on

// All tiles of a strip, of nearly one height.
static inline void outer_strip(outer_block block, size_t depth, bool strip) {
  size_t tiles = (depth + TILE_ROWS - 1) / TILE_ROWS;
  for (size_t t = 0; t < tiles; t++) {
    size_t height = depth / (tiles - t);
    outer_tiles[strip][height - 1](&block);
    block.input += height;
    block.sums += height * block.sums_stride;
    depth -= height;
  }
}

// [rows][count] elements as floats, `stride` apart; what lies past `count` is zero.
static inline void outer_pack(float *to, size_t stride, const element *from, size_t from_stride, size_t rows,
                              size_t count) {
  for (size_t r = 0; r < rows; r++) {
    for_channels(c, count, {
      vec x = load_lanes(from + r * from_stride + c, lanes, whole);
      store_floats(to + r * stride + c, whole ? x : keep_part(x, lanes, splat(0)));
    });
  }
}

static void outer_columns(const fovea_outer_sums *op, outer_block block, size_t depth,
                          const element *gradient) {
  _Alignas(64) float strip[OUTER_ROWS * STRIP];
  block.strip = strip;
  for (size_t n = 0; n < op->columns;) {
    size_t left = op->columns - n, width = left >= STRIP ? STRIP : left < LANES ? left : LANES;
    outer_pack(strip, width == STRIP ? STRIP : LANES, gradient + n, op->gradient_stride, block.rows, width);
    block.lanes = first_lanes(width < LANES ? width : LANES);
    outer_strip(block, depth, width == STRIP);
    block.sums += width;
    n += width;
  }
}

static inline void outer_sums(const fovea_outer_sums *op) {
  _Alignas(64) float packed[OUTER_ROWS * OUTER_DEPTH];
  for (size_t r = 0; r < op->rows; r += OUTER_ROWS) {
    const element *gradient = (const element *)op->gradient + r * op->gradient_stride;
    outer_block block = {.rows = op->rows - r < OUTER_ROWS ? op->rows - r : OUTER_ROWS,
                         .sums_stride = op->sums_stride};
    for (size_t k = 0; k < op->depth; k += OUTER_DEPTH) {
      const element *input = (const element *)op->input + r * op->input_stride + k;
      size_t depth = op->depth - k < OUTER_DEPTH ? op->depth - k : OUTER_DEPTH;
      block.sums = op->sums + k * op->sums_stride;
      outer_pack(packed, OUTER_DEPTH, input, op->input_stride, block.rows, depth);
      block.input = packed;
      block.input_stride = OUTER_DEPTH;
      outer_columns(op, block, depth, gradient);
    }
  }
}
