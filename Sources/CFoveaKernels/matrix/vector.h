#pragma once
#include "../include/CFoveaKernels.h"

// Eight doubles at a time: one register, two or four. A tile of sums stays in registers over a run of the depth,
// for which its columns of the right side are first laid side by side: rows of matrices lie any distance apart.

enum {
  MATRIX_LANES = 8,
  MATRIX_ROWS = LANES == 16 ? 8 : 4,
  MATRIX_VECTORS = LANES == 16 ? 2 : 1,
  MATRIX_RUN = 128,
};
typedef double eight_doubles __attribute__((vector_size(64)));

// The same anywhere in memory; a function that returned it would change the calling convention.
typedef double doubles_at __attribute__((vector_size(64), aligned(8), may_alias));

static always_inline void matrix_tile(const fovea_matrix_product *op, size_t row, size_t column, size_t first,
                                      size_t depth, const double *panel, size_t rows, size_t vectors) {
  eight_doubles sums[MATRIX_ROWS][MATRIX_VECTORS] = {};
  const double *left = op->left + row * op->left_row + first * op->left_depth;
  for (size_t k = 0; k < depth; k++) {
    eight_doubles right[MATRIX_VECTORS];
    unrolled for (size_t v = 0; v < vectors; v++)
      right[v] = *(const doubles_at *)(panel + (k * vectors + v) * MATRIX_LANES);
    unrolled for (size_t r = 0; r < rows; r++) {
      eight_doubles x = (eight_doubles){} + left[r * op->left_row + k * op->left_depth];
      unrolled for (size_t v = 0; v < vectors; v++)
        sums[r][v] = __builtin_elementwise_fma(x, right[v], sums[r][v]);
    }
  }
  size_t columns = op->columns - column < vectors * MATRIX_LANES ? op->columns - column : vectors * MATRIX_LANES;
  unrolled for (size_t r = 0; r < rows; r++) {
    double *output = op->output + (row + r) * op->output_stride + column;
    if (columns == vectors * MATRIX_LANES) {
      unrolled for (size_t v = 0; v < vectors; v++) {
        *(doubles_at *)(output + v * MATRIX_LANES) += op->factor * sums[r][v];
      }
    } else {
      for (size_t c = 0; c < columns; c++)
        output[c] += op->factor * sums[r][c / MATRIX_LANES][c % MATRIX_LANES];
    }
  }
}

static always_inline void matrix_panel(const fovea_matrix_product *op, size_t column, size_t first,
                                       size_t depth, size_t vectors) {
  _Alignas(64) double panel[MATRIX_RUN * MATRIX_VECTORS * MATRIX_LANES];
  size_t width = vectors * MATRIX_LANES, columns = op->columns - column < width ? op->columns - column : width;
  for (size_t k = 0; k < depth; k++) {
    const double *right = op->right + (first + k) * op->right_stride + column;
    if (columns == width) {
      unrolled for (size_t v = 0; v < vectors; v++) {
        *(doubles_at *)(panel + k * width + v * MATRIX_LANES) = *(const doubles_at *)(right + v * MATRIX_LANES);
      }
    } else {
      for (size_t c = 0; c < width; c++) panel[k * width + c] = c < columns ? right[c] : 0;
    }
  }
  size_t row = 0;
  for (; row + MATRIX_ROWS <= op->rows; row += MATRIX_ROWS)
    matrix_tile(op, row, column, first, depth, panel, MATRIX_ROWS, vectors);
  for (; row < op->rows; row++) matrix_tile(op, row, column, first, depth, panel, 1, vectors);
}

static void matrix_product(const fovea_matrix_product *call) {
  const fovea_matrix_product copy = *call, *op = &copy;  // stores cannot be taken to change it
  for (size_t first = 0; first < op->depth; first += MATRIX_RUN) {
    size_t depth = op->depth - first < MATRIX_RUN ? op->depth - first : MATRIX_RUN;
    for (size_t column = 0; column < op->columns; column += MATRIX_VECTORS * MATRIX_LANES) {
      if (op->columns - column <= MATRIX_LANES) matrix_panel(op, column, first, depth, 1);
      else matrix_panel(op, column, first, depth, MATRIX_VECTORS);
    }
  }
}

static void weighted_sum(const fovea_weighted_sum *op) {
  size_t i = 0;
  for (; i + 4 * MATRIX_LANES <= op->count; i += 4 * MATRIX_LANES) {
    eight_doubles sums[4];
    unrolled for (size_t v = 0; v < 4; v++) sums[v] = *(const doubles_at *)(op->output + i + v * MATRIX_LANES);
    for (size_t t = 0; t < op->tap_count; t++) {
      eight_doubles weight = (eight_doubles){} + op->weights[t];
      unrolled for (size_t v = 0; v < 4; v++) {
        eight_doubles x = *(const doubles_at *)(op->inputs[t] + i + v * MATRIX_LANES);
        sums[v] = __builtin_elementwise_fma(weight, x, sums[v]);
      }
    }
    unrolled for (size_t v = 0; v < 4; v++) *(doubles_at *)(op->output + i + v * MATRIX_LANES) = sums[v];
  }
  for (; i + MATRIX_LANES <= op->count; i += MATRIX_LANES) {
    eight_doubles sum = *(const doubles_at *)(op->output + i);
    for (size_t t = 0; t < op->tap_count; t++) {
      eight_doubles x = *(const doubles_at *)(op->inputs[t] + i);
      sum = __builtin_elementwise_fma((eight_doubles){} + op->weights[t], x, sum);
    }
    *(doubles_at *)(op->output + i) = sum;
  }
  for (; i < op->count; i++) {
    for (size_t t = 0; t < op->tap_count; t++) op->output[i] += op->weights[t] * op->inputs[t][i];
  }
}
