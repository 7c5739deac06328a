#pragma once
#include "vector.h"

// The depth in chunks of 32 positions, a step of the tiles each. A chunk that one tap covers is read where it
// lies; one that no single tap covers is assembled first, with zeros where none does. A short depth that falls
// into whole chunks of 16 is taken in those: half of each step is lost, but nothing is assembled (16 deep to 16
// columns: 121–147 GFLOP/s assembled, 143–154 so).

enum {
  CHUNK = 32,
  SHORT_CHUNK = 16,
  MOST_SHORT_DEPTH = 64,
  BLOCK_HEIGHT = 32,
  MOST_CHUNKS = 1024,
  MOST_ASSEMBLED = 16,
};

typedef struct {
  const element *input;  // of row 0, or NULL: assembled
  size_t position;       // first position of the depth
} depth_chunk;

typedef struct {
  depth_chunk chunks[MOST_CHUNKS];
  size_t count;
  size_t step;  // positions of a chunk: CHUNK or SHORT_CHUNK
} depth_plan;

// Whether the taps are runs of whole short chunks, but not of whole chunks.
static bool is_short(const fovea_product *op) {
  bool whole = true, half = op->weights_depth < MOST_SHORT_DEPTH;
  for (size_t t = 0; t < op->tap_count; t++) {
    size_t ends = op->taps[t].first | op->taps[t].depth;
    whole &= ends % CHUNK == 0;
    half &= ends % SHORT_CHUNK == 0;
  }
  return half && !whole;
}

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
  plan->step = is_short(op) ? SHORT_CHUNK : CHUNK;
  uint32_t all = plan->step == CHUNK ? ~0u : (1u << SHORT_CHUNK) - 1;
  for (size_t position = 0; position < op->weights_depth; position += plan->step) {
    const element *input = NULL;
    bool any = false;
    for (size_t t = 0; t < op->tap_count; t++) {
      uint32_t bits = covered(&op->taps[t], position) & all;
      any |= bits != 0;
      if (bits == all) input = (const element *)op->taps[t].input + (position - op->taps[t].first);
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
