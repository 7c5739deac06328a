#pragma once
#include "vector.h"

// Two by two tiles of 16×16 float32 sums; a step of the depth is 32 bfloat16 of two tiles of rows, read where
// they lie, against two panels. A chunk of 32 positions that no single tap covers is assembled first, with
// zeros where none does.

enum {
  CHUNK = 32,            // depth of one step
  TILE_HEIGHT = 16,
  BLOCK_HEIGHT = 32,
  MOST_CHUNKS = 1024,
  MOST_ASSEMBLED = 16,
};

// Sums 0…3 (row tile · 2 + panel), inputs 4 and 5, weights 6 and 7.
typedef struct {
  uint8_t palette, start_row;
  uint8_t reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} tile_configuration;

typedef struct {
  const element *input;  // of row 0, or NULL: assembled
  size_t position;       // first position of the depth
} depth_chunk;

typedef struct {
  depth_chunk chunks[MOST_CHUNKS];
  size_t count;
} depth_plan;

// Which of a chunk's positions a tap covers, as bits.
static inline uint32_t covered(const fovea_tap *tap, size_t position) {
  size_t end = tap->first + tap->depth;
  if (end <= position || tap->first >= position + CHUNK) return 0;
  uint32_t bits = end - position >= CHUNK ? ~0u : (1u << (end - position)) - 1;
  return tap->first > position ? bits >> (tap->first - position) << (tap->first - position) : bits;
}

// The chunks that taps cover, in order; false where the plan has no room for them.
static bool plan_depth(const fovea_product *op, depth_plan *plan) {
  size_t assembled = 0;
  plan->count = 0;
  for (size_t position = 0; position < op->weights_depth; position += CHUNK) {
    const element *input = NULL;
    bool any = false;
    for (size_t t = 0; t < op->tap_count; t++) {
      uint32_t bits = covered(&op->taps[t], position);
      any |= bits != 0;
      if (bits == ~0u) input = (const element *)op->taps[t].input + (position - op->taps[t].first);
    }
    if (!any) continue;
    assembled += input == NULL;
    if (plan->count == MOST_CHUNKS || assembled > MOST_ASSEMBLED) return false;
    plan->chunks[plan->count++] = (depth_chunk){input, position};
  }
  return true;
}

// Rows of one chunk, side by side, from every tap that reaches it.
static void assemble(const fovea_product *op, size_t position, size_t row, size_t rows, element *output) {
  for (size_t r = 0; r < rows; r++) {
    __m512i chunk = _mm512_setzero_si512();
    for (size_t t = 0; t < op->tap_count; t++) {
      const fovea_tap *tap = &op->taps[t];
      uint32_t bits = covered(tap, position);
      if (!bits) continue;
      const element *input = (const element *)tap->input + (row + r) * op->input_stride;
      ptrdiff_t offset = (ptrdiff_t)position - (ptrdiff_t)tap->first;
      chunk = _mm512_or_si512(chunk, _mm512_maskz_loadu_epi16(bits, input + offset));
    }
    _mm512_store_si512(output + r * CHUNK, chunk);
  }
}

static void configure(size_t rows) {
  tile_configuration configuration = {.palette = 1};
  size_t heights[2] = {rows < TILE_HEIGHT ? rows : TILE_HEIGHT, rows > TILE_HEIGHT ? rows - TILE_HEIGHT : 0};
  for (size_t tile = 0; tile < 8; tile++) {
    size_t height = tile < 4 ? heights[tile / 2] : tile < 6 ? heights[tile - 4] : TILE_HEIGHT;
    configuration.rows[tile] = (uint8_t)height;
    configuration.row_bytes[tile] = height ? 64 : 0;
  }
  _tile_loadconfig(&configuration);
}

// One block of sums, [rows ≤ 32][panels · 16], into `sums`, 32 apart.
static always_inline void amx_block(const fovea_product *op, const depth_plan *plan, const element *assembled,
                                    size_t row, size_t column, const float *bias, float *sums, bool tall,
                                    bool wide) {
  size_t panel_size = (op->weights_depth + CHUNK - 1) / CHUNK * CHUNK * FOVEA_PANEL;
  const element *weights = (const element *)op->weights + column / FOVEA_PANEL * panel_size;
  _tile_loadd(0, bias, 0);
  if (wide) _tile_loadd(1, bias + FOVEA_PANEL, 0);
  if (tall) _tile_loadd(2, bias, 0);
  if (tall && wide) _tile_loadd(3, bias + FOVEA_PANEL, 0);
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
  _tile_stored(0, sums, 128);
  if (wide) _tile_stored(1, sums + FOVEA_PANEL, 128);
  if (tall) _tile_stored(2, sums + TILE_HEIGHT * 32, 128);
  if (tall && wide) _tile_stored(3, sums + TILE_HEIGHT * 32 + FOVEA_PANEL, 128);
}

// The epilogue of rows [fresh, row + height) of a block; those before were answered already.
static void amx_finish(const fovea_product *op, const float *sums, size_t row, size_t fresh, size_t height,
                       size_t column) {
  const element *residual = op->residual;
  finish(&(epilogue){
      .rows = row + height - fresh, .columns = op->columns - column < 32 ? op->columns - column : 32,
      .sums = sums + (fresh - row) * 32, .sums_stride = 32, .activation = op->activation,
      .residual = residual ? residual + fresh * op->residual_stride + column : NULL,
      .residual_stride = op->residual_stride,
      .output = (element *)op->output + fresh * op->output_stride + column, .output_stride = op->output_stride});
}

static void amx_row(const fovea_product *op, const depth_plan *plan, const element *assembled, const float *biases,
                    size_t row, size_t fresh, size_t height) {
  _Alignas(64) float sums[BLOCK_HEIGHT * 32], bias[32] = {0};
  bool tall = height > TILE_HEIGHT;
  for (size_t column = 0; column < op->columns; column += 32) {
    size_t columns = op->columns - column < 32 ? op->columns - column : 32;
    const float *start = biases ? biases + column : bias;
    if (biases && columns < 32) {
      for (size_t n = 0; n < columns; n++) bias[n] = biases[column + n];
      start = bias;
    }
    bool wide = columns > FOVEA_PANEL;
    if (tall && wide) amx_block(op, plan, assembled, row, column, start, sums, true, true);
    else if (tall) amx_block(op, plan, assembled, row, column, start, sums, true, false);
    else if (wide) amx_block(op, plan, assembled, row, column, start, sums, false, true);
    else amx_block(op, plan, assembled, row, column, start, sums, false, false);
    amx_finish(op, sums, row, fresh, height, column);
  }
}

// Blocks of 32 rows, the last one moved back to be whole; fewer rows than that make lower tiles.
static void amx_product(const fovea_product *op) {
  depth_plan plan;
  if (!plan_depth(op, &plan)) return product(op);
  _Alignas(64) element assembled[MOST_ASSEMBLED * BLOCK_HEIGHT * CHUNK];
  size_t height = op->rows < BLOCK_HEIGHT ? op->rows : BLOCK_HEIGHT;
  configure(height);
  for (size_t fresh = 0; fresh < op->rows; fresh += height) {
    size_t row = fresh + height <= op->rows ? fresh : op->rows - height;
    element *next = assembled;
    for (size_t i = 0; i < plan.count; i++) {
      if (plan.chunks[i].input) continue;
      assemble(op, plan.chunks[i].position, row, height, next);
      next += BLOCK_HEIGHT * CHUNK;
    }
    amx_row(op, &plan, assembled, op->bias, row, fresh, height);
  }
  _tile_release();
}
