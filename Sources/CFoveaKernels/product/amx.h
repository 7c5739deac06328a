#pragma once
#include "amx-epilogue.h"
#include "amx-plan.h"

// Two by two tiles of 16×16 float32 sums; a step of the depth is 32 bfloat16 of two tiles of rows, read where
// they lie, against two panels.

enum { TILE_HEIGHT = 16 };

// Sums 0…3 (row tile · 2 + panel), inputs 4 and 5, weights 6 and 7.
typedef struct {
  uint8_t palette, start_row;
  uint8_t reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_configuration;

// For blocks of so many rows, and steps of so many positions of the depth.
static void configure(size_t rows, size_t step) {
  tile_configuration configuration = {.palette = 1};
  size_t heights[2] = {rows < TILE_HEIGHT ? rows : TILE_HEIGHT, rows > TILE_HEIGHT ? rows - TILE_HEIGHT : 0};
  for (size_t tile = 0; tile < 8; tile++) {
    size_t height = tile < 4 ? heights[tile / 2] : tile < 6 ? heights[tile - 4] : step / 2;
    size_t width = tile == 4 || tile == 5 ? step * sizeof(element) : 64;
    configuration.rows[tile] = (uint8_t)height;
    configuration.row_bytes[tile] = height ? (uint16_t)width : 0;
  }
  _tile_loadconfig(&configuration);
}

// Brings the first steps of the next two panels close while the block's tiles are stored: 132 ns a block of
// 64 deep instead of 144.
static always_inline void prefetch_panels(const fovea_product *op, const element *panel, size_t panel_size,
                                          size_t column) {
  size_t lines = panel_size < 2 * CHUNK * FOVEA_PANEL ? panel_size / CHUNK : 2 * FOVEA_PANEL;
  bool wide = op->columns - column > FOVEA_PANEL;
  for (size_t i = 0; i < lines; i++) {
    __builtin_prefetch(panel + i * CHUNK);
    if (wide) __builtin_prefetch(panel + panel_size + i * CHUNK);
  }
}

// One block of sums, [rows ≤ 32][panels · 16], into `sums`, 32 apart.
static always_inline void amx_block(const fovea_product *op, const depth_plan *plan, const element *assembled,
                                    size_t row, size_t column, float *sums, bool tall, bool wide) {
  size_t panel_size = (op->weights_depth + CHUNK - 1) / CHUNK * CHUNK * FOVEA_PANEL;
  const element *weights = (const element *)op->weights + column / FOVEA_PANEL * panel_size;
  // Starting from the bias (tile loads with a stride of 0) took 175 ns a block of 64 deep, zeros and the
  // addition in the epilogue 128.
  _tile_zero(0);
  if (wide) _tile_zero(1);
  if (tall) _tile_zero(2);
  if (tall && wide) _tile_zero(3);
  for (size_t i = 0; i < plan->count; i++) {
    const depth_chunk *chunk = &plan->chunks[i];
    size_t stride = chunk->input ? op->input_stride : CHUNK;
    const element *input = chunk->input ? chunk->input + row * op->input_stride : assembled;
    if (!chunk->input) assembled += BLOCK_HEIGHT * CHUNK;
    const element *panel = weights + chunk->position * FOVEA_PANEL;
    _tile_loadd(4, input, stride * sizeof(element));
    _tile_loadd(6, panel, 64);
    _tile_dpbf16ps(0, 4, 6);
    if (wide) {
      _tile_loadd(7, panel + panel_size, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (tall) {
      _tile_loadd(5, input + TILE_HEIGHT * stride, stride * sizeof(element));
      _tile_dpbf16ps(2, 5, 6);
      if (wide) _tile_dpbf16ps(3, 5, 7);
    }
  }
  if (column + 32 < op->columns) prefetch_panels(op, weights + 2 * panel_size, panel_size, column + 32);
  _tile_stored(0, sums, 128);
  if (wide) _tile_stored(1, sums + FOVEA_PANEL, 128);
  if (tall) _tile_stored(2, sums + TILE_HEIGHT * 32, 128);
  if (tall && wide) _tile_stored(3, sums + TILE_HEIGHT * 32 + FOVEA_PANEL, 128);
}

static void amx_row(const fovea_product *op, const depth_plan *plan, const element *assembled, size_t row,
                    size_t fresh, size_t height) {
  _Alignas(64) float sums[BLOCK_HEIGHT * 32];
  bool tall = height > TILE_HEIGHT;
  for (size_t column = 0; column < op->columns; column += 32) {
    bool wide = op->columns - column > FOVEA_PANEL;
    if (tall && wide) amx_block(op, plan, assembled, row, column, sums, true, true);
    else if (tall) amx_block(op, plan, assembled, row, column, sums, true, false);
    else if (wide) amx_block(op, plan, assembled, row, column, sums, false, true);
    else amx_block(op, plan, assembled, row, column, sums, false, false);
    amx_finish(op, sums, row, fresh, height, column);
  }
}

// Blocks of 32 rows, the last one moved back to be whole; fewer rows than that make lower tiles.
static void amx_product(const fovea_product *op) {
  depth_plan plan;
  if (op->rows == 0 || !plan_depth(op, &plan)) return product(op);
  _Alignas(64) element assembled[MOST_ASSEMBLED * BLOCK_HEIGHT * CHUNK];
  size_t height = op->rows < BLOCK_HEIGHT ? op->rows : BLOCK_HEIGHT;
  configure(height, plan.step);
  for (size_t fresh = 0; fresh < op->rows; fresh += height) {
    size_t row = fresh + height <= op->rows ? fresh : op->rows - height;
    element *next = assembled;
    for (size_t i = 0; i < plan.count; i++) {
      if (plan.chunks[i].input) continue;
      assemble(op, plan.chunks[i].position, row, height, next);
      next += BLOCK_HEIGHT * CHUNK;
    }
    amx_row(op, &plan, assembled, row, fresh, height);
  }
  _tile_release();
}
