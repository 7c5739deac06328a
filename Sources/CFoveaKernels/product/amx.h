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
  bool begun = false;
  for (size_t t = 0; t < op->tap_count; t++) {
    const fovea_tap *tap = &op->taps[t];
    uint32_t bits = covered(tap, position);
    if (!bits) continue;
    const element *input = (const element *)tap->input + row * op->input_stride + position - tap->first;
    for (size_t r = 0; r < rows; r++) {
      __m512i chunk = _mm512_maskz_loadu_epi16(bits, input + r * op->input_stride);
      if (begun) chunk = _mm512_or_si512(chunk, _mm512_load_si512(output + r * CHUNK));
      _mm512_store_si512(output + r * CHUNK, chunk);
    }
    begun = true;
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
  _tile_stored(0, sums, 128);
  if (wide) _tile_stored(1, sums + FOVEA_PANEL, 128);
  if (tall) _tile_stored(2, sums + TILE_HEIGHT * 32, 128);
  if (tall && wide) _tile_stored(3, sums + TILE_HEIGHT * 32 + FOVEA_PANEL, 128);
}

// The epilogue of whole rows of 32 columns.
static __attribute__((noinline)) void finish_wide(const epilogue *call) {
  const epilogue copy = *call, *op = &copy;
  vec low_bias = op->bias ? load_floats(op->bias) : splat(0);
  vec high_bias = op->bias ? load_floats(op->bias + 16) : splat(0);
  with_activation(op->activation, {
    for (size_t r = 0; r < op->rows; r++) {
      vec low = activated((fovea_activation)kind, load_floats(op->sums + r * 32) + low_bias);
      vec high = activated((fovea_activation)kind, load_floats(op->sums + r * 32 + 16) + high_bias);
      if (op->residual) {
        low += load(op->residual + r * op->residual_stride);
        high += load(op->residual + r * op->residual_stride + 16);
      }
      _mm512_storeu_si512(op->output + r * op->output_stride,
                          (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
    }
  })
}

static void amx_finish(const epilogue *op) {
  if (op->columns == 32) finish_wide(op);
  else finish(op);
}

// What is left to do of a block: of rows [row, row + height) those from `fresh` on, the others being
// answered already.
static epilogue amx_epilogue(const fovea_product *op, const float *sums, size_t row, size_t fresh, size_t height,
                             size_t column) {
  const element *residual = op->residual;
  return (epilogue){
      .rows = row + height - fresh, .columns = op->columns - column < 32 ? op->columns - column : 32,
      .sums = sums + (fresh - row) * 32, .sums_stride = 32, .bias = op->bias ? op->bias + column : NULL,
      .activation = op->activation,
      .residual = residual ? residual + fresh * op->residual_stride + column : NULL,
      .residual_stride = op->residual_stride,
      .output = (element *)op->output + fresh * op->output_stride + column, .output_stride = op->output_stride};
}

// A block's epilogue waits until the next block's tiles are under way, so that the two overlap.
typedef struct {
  _Alignas(64) float sums[2][BLOCK_HEIGHT * 32];
  epilogue pending;
  bool waiting;
  size_t turn;
} block_pipeline;

static inline void amx_flush(block_pipeline *pipeline) {
  if (pipeline->waiting) amx_finish(&pipeline->pending);
  pipeline->waiting = false;
}

static void amx_row(const fovea_product *op, const depth_plan *plan, const element *assembled, size_t row,
                    size_t fresh, size_t height, block_pipeline *pipeline) {
  bool tall = height > TILE_HEIGHT;
  for (size_t column = 0; column < op->columns; column += 32) {
    bool wide = op->columns - column > FOVEA_PANEL;
    float *sums = pipeline->sums[pipeline->turn];
    pipeline->turn = !pipeline->turn;
    if (tall && wide) amx_block(op, plan, assembled, row, column, sums, true, true);
    else if (tall) amx_block(op, plan, assembled, row, column, sums, true, false);
    else if (wide) amx_block(op, plan, assembled, row, column, sums, false, true);
    else amx_block(op, plan, assembled, row, column, sums, false, false);
    epilogue next = amx_epilogue(op, sums, row, fresh, height, column);
    amx_flush(pipeline);
    pipeline->pending = next;
    pipeline->waiting = true;
  }
}

// Blocks of 32 rows, the last one moved back to be whole; fewer rows than that make lower tiles.
static void amx_product(const fovea_product *op) {
  depth_plan plan;
  if (!plan_depth(op, &plan)) return product(op);
  _Alignas(64) element assembled[MOST_ASSEMBLED * BLOCK_HEIGHT * CHUNK];
  block_pipeline pipeline;
  pipeline.waiting = false;
  pipeline.turn = 0;
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
    amx_row(op, &plan, assembled, row, fresh, height, &pipeline);
  }
  amx_flush(&pipeline);
  _tile_release();
}
