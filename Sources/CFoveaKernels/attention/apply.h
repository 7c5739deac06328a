#pragma once
#include "sums.h"

// A tile of rows by two vectors of answers stays in registers; φ of its queries goes through a small buffer,
// a block of the key width at a time.

// normalisers[r] += φ(queries[r]) · totals over one block.
static inline void normaliser_block(float *normalisers, const float *queries, const float *totals,
                                    size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) {
    float sum;
    sum_over_row(sum, width, at,
                 load_floats_lanes(queries + r * width + at, lanes, whole) *
                     load_floats_lanes(totals + at, lanes, whole));
    normalisers[r] += sum;
  }
}

static inline void apply_normalisers(const fovea_attention_apply *op, size_t row, size_t rows,
                                     float *normalisers) {
  const element *queries = op->normaliser_queries ? op->normaliser_queries : op->queries;
  size_t stride = op->normaliser_queries ? op->normaliser_queries_stride : op->queries_stride;
  float buffer[RUN_ROWS * KEY_BLOCK];
  for (size_t r = 0; r < rows; r++) normalisers[r] = 0;
  for (size_t i = 0; i < op->key_width; i += KEY_BLOCK) {
    size_t width = op->key_width - i < KEY_BLOCK ? op->key_width - i : KEY_BLOCK;
    mapped_run(buffer, op->map, queries + row * stride + i, stride, rows, width);
    normaliser_block(normalisers, buffer, op->totals + i, rows, width);
  }
  for (size_t r = 0; r < rows; r++) normalisers[r] = 1 / (normalisers[r] + op->epsilon);
}

static always_inline void apply_tile(const fovea_attention_apply *op, size_t row, const float *inverses,
                                     size_t j, part lanes, bool whole, size_t rows, size_t vectors) {
  vec sums[APPLY_ROWS][2];
  unrolled for (size_t r = 0; r < rows; r++) {
    unrolled for (size_t v = 0; v < vectors; v++)
      sums[r][v] = splat(0);
  }
  float buffer[APPLY_ROWS * KEY_BLOCK];
  const element *queries = (const element *)op->queries + row * op->queries_stride;
  for (size_t i = 0; i < op->key_width; i += KEY_BLOCK) {
    size_t width = op->key_width - i < KEY_BLOCK ? op->key_width - i : KEY_BLOCK;
    mapped_run(buffer, op->map, queries + i, op->queries_stride, rows, width);
    const float *products = op->products + i * op->value_width + j;
    for (size_t k = 0; k < width; k++) {
      vec column[2];
      unrolled for (size_t v = 0; v < vectors; v++) {
        column[v] = load_floats_lanes(products + k * op->value_width + v * LANES, lanes, whole);
      }
      unrolled for (size_t r = 0; r < rows; r++) {
        vec query = splat(buffer[r * width + k]);
        unrolled for (size_t v = 0; v < vectors; v++)
          sums[r][v] = fused(query, column[v], sums[r][v]);
      }
    }
  }
  unrolled for (size_t r = 0; r < rows; r++) {
    const element *residual =
        op->residual ? (const element *)op->residual + (row + r) * op->residual_stride + j : NULL;
    element *output = (element *)op->output + (row + r) * op->output_stride + j;
    unrolled for (size_t v = 0; v < vectors; v++) {
      vec y = sums[r][v] * splat(inverses[r]);
      if (residual) y += load_lanes(residual + v * LANES, lanes, whole);
      store_lanes(output + v * LANES, y, lanes, whole);
    }
  }
}

static always_inline void apply_rows(const fovea_attention_apply *op, size_t row, const float *inverses,
                                     size_t rows) {
  size_t j = 0;
  for (; j + 2 * LANES <= op->value_width; j += 2 * LANES) {
    apply_tile(op, row, inverses, j, first_lanes(LANES), true, rows, 2);
  }
  for (; j + LANES <= op->value_width; j += LANES) {
    apply_tile(op, row, inverses, j, first_lanes(LANES), true, rows, 1);
  }
  if (j < op->value_width) {
    apply_tile(op, row, inverses, j, first_lanes(op->value_width - j), false, rows, 1);
  }
}

static void attention_apply(const fovea_attention_apply *op) {
  float inverses[RUN_ROWS];
  for (size_t run = 0; run < op->rows; run += RUN_ROWS) {
    size_t rows = op->rows - run < RUN_ROWS ? op->rows - run : RUN_ROWS, r = 0;
    apply_normalisers(op, run, rows, inverses);
    for (; r + APPLY_ROWS <= rows; r += APPLY_ROWS) apply_rows(op, run + r, inverses + r, APPLY_ROWS);
    for (; r < rows; r++) apply_rows(op, run + r, inverses + r, 1);
  }
}
