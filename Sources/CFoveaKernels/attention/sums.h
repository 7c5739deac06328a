#pragma once
#include "features.h"

// A run of rows goes through φ into a small float32 buffer, a block of keys at a time; tiles of the products
// then stay in registers while the run passes by: an outer product a row.

enum { RUN_ROWS = 64, KEY_BLOCK = 64 };

// buffer[r][i] = φ(input[r][i]), rows `width` apart.
static inline void mapped_run(float *buffer, fovea_feature_map map, const element *input, size_t stride,
                              size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) {
    for_channels(c, width, {
      vec x = feature(map, load_lanes(input + r * stride + c, lanes, whole));
      store_floats_lanes(buffer + r * width + c, x, lanes, whole);
    });
  }
}

static always_inline void sums_tile(const fovea_attention_sums *op, const float *keys, const element *values,
                                    size_t rows, size_t i, size_t j, part lanes, bool whole, size_t height,
                                    size_t vectors) {
  vec sums[SUMS_ROWS][2];
  float *products = op->products + i * op->value_width + j;
  unrolled for (size_t a = 0; a < height; a++) {
    unrolled for (size_t v = 0; v < vectors; v++) {
      sums[a][v] = load_floats_lanes(products + a * op->value_width + v * LANES, lanes, whole);
    }
  }
  for (size_t r = 0; r < rows; r++) {
    vec value[2];
    unrolled for (size_t v = 0; v < vectors; v++) {
      value[v] = load_lanes(values + r * op->values_stride + j + v * LANES, lanes, whole);
    }
    unrolled for (size_t a = 0; a < height; a++) {
      vec key = splat(keys[r * op->key_width + i + a]);
      unrolled for (size_t v = 0; v < vectors; v++)
        sums[a][v] = fused(key, value[v], sums[a][v]);
    }
  }
  unrolled for (size_t a = 0; a < height; a++) {
    unrolled for (size_t v = 0; v < vectors; v++) {
      store_floats_lanes(products + a * op->value_width + v * LANES, sums[a][v], lanes, whole);
    }
  }
}

// Columns [j, j + vectors · LANES) of the products, all key rows.
static always_inline void sums_strip(const fovea_attention_sums *op, const float *keys, const element *values,
                                     size_t rows, size_t j, part lanes, bool whole, size_t vectors) {
  size_t i = 0;
  for (; i + SUMS_ROWS <= op->key_width; i += SUMS_ROWS) {
    sums_tile(op, keys, values, rows, i, j, lanes, whole, SUMS_ROWS, vectors);
  }
  for (; i < op->key_width; i++) sums_tile(op, keys, values, rows, i, j, lanes, whole, 1, vectors);
}

static void sums_run(const fovea_attention_sums *op, const float *keys, const element *values, size_t rows) {
  size_t j = 0;
  for (; j + 2 * LANES <= op->value_width; j += 2 * LANES) {
    sums_strip(op, keys, values, rows, j, first_lanes(LANES), true, 2);
  }
  for (; j + LANES <= op->value_width; j += LANES) {
    sums_strip(op, keys, values, rows, j, first_lanes(LANES), true, 1);
  }
  if (j < op->value_width) {
    sums_strip(op, keys, values, rows, j, first_lanes(op->value_width - j), false, 1);
  }
}

static inline void totals_run(float *totals, const float *keys, size_t rows, size_t width) {
  for_channels(c, width, {
    vec sum = load_floats_lanes(totals + c, lanes, whole);
    for (size_t r = 0; r < rows; r++) sum += load_floats_lanes(keys + r * width + c, lanes, whole);
    store_floats_lanes(totals + c, sum, lanes, whole);
  });
}

// One block of keys against one run of rows; `op` is the block's own view of the sums.
static void sums_block(const fovea_attention_sums *op, size_t rows) {
  float buffer[RUN_ROWS * KEY_BLOCK];
  mapped_run(buffer, op->map, op->keys, op->keys_stride, rows, op->key_width);
  sums_run(op, buffer, op->values, rows);
  if (op->normaliser_keys) {
    mapped_run(buffer, op->map, op->normaliser_keys, op->normaliser_keys_stride, rows, op->key_width);
  }
  totals_run(op->totals, buffer, rows, op->key_width);
}

static void attention_sums(const fovea_attention_sums *op) {
  for (size_t r = 0; r < op->rows; r += RUN_ROWS) {
    size_t rows = op->rows - r < RUN_ROWS ? op->rows - r : RUN_ROWS;
    for (size_t i = 0; i < op->key_width; i += KEY_BLOCK) {
      fovea_attention_sums block = *op;
      block.key_width = op->key_width - i < KEY_BLOCK ? op->key_width - i : KEY_BLOCK;
      block.keys = (const element *)op->keys + r * op->keys_stride + i;
      block.values = (const element *)op->values + r * op->values_stride;
      if (op->normaliser_keys) {
        block.normaliser_keys = (const element *)op->normaliser_keys + r * op->normaliser_keys_stride + i;
      }
      block.products = op->products + i * op->value_width;
      block.totals = op->totals + i;
      sums_block(&block, rows);
    }
  }
}
