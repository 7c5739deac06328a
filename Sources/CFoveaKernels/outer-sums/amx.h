#pragma once
#include "../product/amx.h"

// Sums in two by two tiles; a step is 32 rows. Tiles of the input want a position of the depth's 32 rows side
// by side, so that blocks of it are transposed; tiles of the gradient hold pairs of rows. A run of rows is
// laid out so once for a block of the depth, the gradient again for each such block, which costs a quarter as
// much.

enum {
  STEP_ROWS = 32,
  STEPS = 8,  // of a run
  TILE_SIDE = 16,
  TILE_ELEMENTS = STEP_ROWS * TILE_SIDE,
  DEPTH_TILES = 4,  // of a block
};

// Two tiles side by side of a step, rows and positions past the end being zeros.
typedef struct {
  _Alignas(64) element elements[STEP_ROWS][2 * TILE_SIDE];
} step_copy;

static inline void copy_step(step_copy *copy, const element *from, size_t stride, size_t rows, size_t width) {
  __mmask32 lanes = width >= 32 ? ~0u : (1u << width) - 1;
  for (size_t r = 0; r < STEP_ROWS; r++) {
    __m512i row = r < rows ? _mm512_maskz_loadu_epi16(lanes, from + r * stride) : _mm512_setzero_si512();
    _mm512_store_si512(copy->elements[r], row);
  }
}

// Eight positions of 32 rows: a load takes them from rows i, i + 8, i + 16 and i + 24 to the four lanes, and
// within lanes eight rows by eight positions are transposed.
static always_inline void transpose_eight(element *to, const element *from, size_t stride) {
  __m512i a[8], b[8];
  unrolled for (size_t i = 0; i < 8; i++) {
    const element *row = from + i * stride;
    a[i] = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)row));
    a[i] = _mm512_mask_broadcast_i32x4(a[i], 0x00f0, _mm_loadu_si128((const __m128i *)(row + 8 * stride)));
    a[i] = _mm512_mask_broadcast_i32x4(a[i], 0x0f00, _mm_loadu_si128((const __m128i *)(row + 16 * stride)));
    a[i] = _mm512_mask_broadcast_i32x4(a[i], 0xf000, _mm_loadu_si128((const __m128i *)(row + 24 * stride)));
  }
  unrolled for (size_t i = 0; i < 4; i++) {  // rows 2i, 2i + 1 of positions 0…3 and 4…7
    b[i] = _mm512_unpacklo_epi16(a[2 * i], a[2 * i + 1]);
    b[4 + i] = _mm512_unpackhi_epi16(a[2 * i], a[2 * i + 1]);
  }
  unrolled for (size_t i = 0; i < 4; i++) {  // four rows of positions 2i and 2i + 1, rows 0…3 and 4…7
    size_t pair = i / 2 * 4;
    a[i] = i % 2 ? _mm512_unpackhi_epi32(b[pair], b[pair + 1]) : _mm512_unpacklo_epi32(b[pair], b[pair + 1]);
    a[4 + i] = i % 2 ? _mm512_unpackhi_epi32(b[pair + 2], b[pair + 3])
                     : _mm512_unpacklo_epi32(b[pair + 2], b[pair + 3]);
  }
  unrolled for (size_t i = 0; i < 4; i++) {
    _mm512_store_si512(to + 2 * i * STEP_ROWS, _mm512_unpacklo_epi64(a[i], a[4 + i]));
    _mm512_store_si512(to + (2 * i + 1) * STEP_ROWS, _mm512_unpackhi_epi64(a[i], a[4 + i]));
  }
}

// A step's tiles of the input, [16 positions][32 rows] each.
static void lay_input(element *to, const element *from, size_t stride, size_t rows, size_t depth) {
  for (size_t k = 0; k < depth; k += 2 * TILE_SIDE, to += 2 * TILE_ELEMENTS) {
    step_copy copy;
    const element *source = from + k;
    size_t source_stride = stride;
    if (rows < STEP_ROWS || depth - k < 2 * TILE_SIDE) {
      copy_step(&copy, source, stride, rows, depth - k);
      source = copy.elements[0];
      source_stride = 2 * TILE_SIDE;
    }
    for (size_t eight = 0; eight < 4; eight++) {
      transpose_eight(to + eight * TILE_ELEMENTS / 2, source + 8 * eight, source_stride);
    }
  }
}

// A step's two tiles of the gradient, [16 pairs of rows][16 columns][2] each.
static void lay_gradient(element *to, const element *from, size_t stride, size_t rows, size_t columns) {
  step_copy copy;
  if (rows < STEP_ROWS || columns < 2 * TILE_SIDE) {
    copy_step(&copy, from, stride, rows, columns);
    from = copy.elements[0];
    stride = 2 * TILE_SIDE;
  }
  const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
  for (size_t pair = 0; pair < STEP_ROWS / 2; pair++, from += 2 * stride) {
    __m512i first = _mm512_permutexvar_epi64(order, _mm512_loadu_si512(from));
    __m512i second = _mm512_permutexvar_epi64(order, _mm512_loadu_si512(from + stride));
    _mm512_store_si512(to + pair * 32, _mm512_unpacklo_epi16(first, second));
    _mm512_store_si512(to + TILE_ELEMENTS + pair * 32, _mm512_unpackhi_epi16(first, second));
  }
}

// The sums of two by two tiles over the steps of a run; of them only a tall and wide block has all.
static always_inline void sum_tiles(float *sums, size_t stride, const element *input, const element *gradient,
                                    size_t steps, bool tall, bool wide) {
  size_t row_bytes = stride * sizeof(float);
  _tile_loadd(0, sums, row_bytes);
  if (wide) _tile_loadd(1, sums + TILE_SIDE, row_bytes);
  if (tall) _tile_loadd(2, sums + TILE_SIDE * stride, row_bytes);
  if (tall && wide) _tile_loadd(3, sums + TILE_SIDE * stride + TILE_SIDE, row_bytes);
  for (size_t s = 0; s < steps; s++) {
    const element *left = input + s * DEPTH_TILES * TILE_ELEMENTS, *right = gradient + s * 2 * TILE_ELEMENTS;
    _tile_loadd(4, left, 64);
    _tile_loadd(6, right, 64);
    _tile_dpbf16ps(0, 4, 6);
    if (wide) {
      _tile_loadd(7, right + TILE_ELEMENTS, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (tall) {
      _tile_loadd(5, left + TILE_ELEMENTS, 64);
      _tile_dpbf16ps(2, 5, 6);
      if (wide) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, sums, row_bytes);
  if (wide) _tile_stored(1, sums + TILE_SIDE, row_bytes);
  if (tall) _tile_stored(2, sums + TILE_SIDE * stride, row_bytes);
  if (tall && wide) _tile_stored(3, sums + TILE_SIDE * stride + TILE_SIDE, row_bytes);
}

static void sum_edge(float *sums, size_t stride, const element *input, const element *gradient, size_t steps,
                     size_t depth, size_t columns) {
  _Alignas(64) float copy[2 * TILE_SIDE][2 * TILE_SIDE] = {};
  bool tall = depth > TILE_SIDE, wide = columns > TILE_SIDE;
  for (size_t k = 0; k < depth; k++) memcpy(copy[k], sums + k * stride, columns * sizeof(float));
  if (tall && wide) sum_tiles(copy[0], 2 * TILE_SIDE, input, gradient, steps, true, true);
  else if (tall) sum_tiles(copy[0], 2 * TILE_SIDE, input, gradient, steps, true, false);
  else if (wide) sum_tiles(copy[0], 2 * TILE_SIDE, input, gradient, steps, false, true);
  else sum_tiles(copy[0], 2 * TILE_SIDE, input, gradient, steps, false, false);
  for (size_t k = 0; k < depth; k++) memcpy(sums + k * stride, copy[k], columns * sizeof(float));
}

// A run of rows against a block of the depth, laid out in `input`.
static void sum_run(const fovea_outer_sums *op, size_t r, size_t k, size_t depth, const element *input) {
  _Alignas(64) element gradient[STEPS * 2 * TILE_ELEMENTS];
  size_t rows = rows_from(r, op->rows, STEPS * STEP_ROWS), steps = (rows + STEP_ROWS - 1) / STEP_ROWS;
  const element *from = (const element *)op->gradient + r * op->gradient_stride;
  for (size_t n = 0; n < op->columns; n += 2 * TILE_SIDE) {
    size_t columns = rows_from(n, op->columns, 2 * TILE_SIDE);
    for (size_t s = 0; s < steps; s++) {
      const element *step = from + s * STEP_ROWS * op->gradient_stride + n;
      lay_gradient(gradient + s * 2 * TILE_ELEMENTS, step, op->gradient_stride,
                   rows_from(s * STEP_ROWS, rows, STEP_ROWS), columns);
    }
    for (size_t i = 0; i < depth; i += 2 * TILE_SIDE) {
      size_t height = rows_from(i, depth, 2 * TILE_SIDE);
      float *sums = op->sums + (k + i) * op->sums_stride + n;
      const element *tiles = input + i * STEP_ROWS;
      if (height < 2 * TILE_SIDE || columns < 2 * TILE_SIDE) {
        sum_edge(sums, op->sums_stride, tiles, gradient, steps, height, columns);
      } else {
        sum_tiles(sums, op->sums_stride, tiles, gradient, steps, true, true);
      }
    }
  }
}

static void amx_outer_sums(const fovea_outer_sums *op) {
  _Alignas(64) element input[STEPS * DEPTH_TILES * TILE_ELEMENTS];
  configure(2 * TILE_HEIGHT, STEP_ROWS);
  for (size_t r = 0; r < op->rows; r += STEPS * STEP_ROWS) {
    size_t rows = rows_from(r, op->rows, STEPS * STEP_ROWS);
    for (size_t k = 0; k < op->depth; k += DEPTH_TILES * TILE_SIDE) {
      size_t depth = rows_from(k, op->depth, DEPTH_TILES * TILE_SIDE);
      for (size_t s = 0; s * STEP_ROWS < rows; s++) {
        const element *from = (const element *)op->input + (r + s * STEP_ROWS) * op->input_stride + k;
        lay_input(input + s * DEPTH_TILES * TILE_ELEMENTS, from, op->input_stride,
                  rows_from(s * STEP_ROWS, rows, STEP_ROWS), depth);
      }
      sum_run(op, r, k, depth, input);
    }
  }
  _tile_release();
}
