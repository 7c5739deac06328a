#include "check.h"

static void check_matrix_product(subject *s, size_t rows, size_t columns, size_t depth, bool is_across) {
  size_t long_side = is_across ? rows + 1 : depth + 1;
  double *left = make_doubles(is_across ? depth : rows, is_across ? rows : depth, long_side, 1);
  double *right = make_doubles(depth, columns, columns + 2, 2), *outputs[2];
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_doubles(rows, columns, columns + 3, 3);
    (i ? s->scalar : s->kernels)
        ->matrix_product(&(fovea_matrix_product){.rows = rows,
                                                 .columns = columns,
                                                 .depth = depth,
                                                 .factor = -0.5,
                                                 .left = left,
                                                 .left_row = is_across ? 1 : long_side,
                                                 .left_depth = is_across ? long_side : 1,
                                                 .right = right,
                                                 .right_stride = columns + 2,
                                                 .output = outputs[i],
                                                 .output_stride = columns + 3});
  }
  compare_doubles(s, "matrix product", outputs[0], outputs[1], double_tolerance(depth, 0.5));
  release(left), release(right), release(outputs[0]), release(outputs[1]);
}

static void check_weighted_sum(subject *s, size_t count, size_t taps) {
  double *tables[25], *weights = make_doubles(1, taps, taps, 1), *outputs[2];
  const double *inputs[25];
  for (size_t t = 0; t < taps; t++) inputs[t] = tables[t] = make_doubles(1, count, count, (uint32_t)t + 2);
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_doubles(1, count, count, 50);
    (i ? s->scalar : s->kernels)
        ->weighted_sum(&(fovea_weighted_sum){count, taps, inputs, weights, outputs[i]});
  }
  compare_doubles(s, "weighted sum", outputs[0], outputs[1], double_tolerance(taps, 1));
  for (size_t t = 0; t < taps; t++) release(tables[t]);
  release(weights), release(outputs[0]), release(outputs[1]);
}

void check_matrix(subject *s) {
  static const size_t rows[] = {1, 3, 4, 5, 7, 8, 9, 17}, columns[] = {1, 7, 8, 9, 15, 16, 17, 37},
                      depths[] = {1, 2, 13, 127, 128, 129, 257};
  for (size_t r = 0; r < COUNT(rows); r++) {
    for (size_t c = 0; c < COUNT(columns); c++) {
      for (size_t d = 0; d < COUNT(depths); d++) {
        check_matrix_product(s, rows[r], columns[c], depths[d], false);
        check_matrix_product(s, rows[r], columns[c], depths[d], true);
      }
    }
  }
  static const size_t counts[] = {1, 7, 8, 9, 31, 32, 33, 39, 40, 41, 64, 101}, taps[] = {1, 2, 3, 9, 25};
  for (size_t c = 0; c < COUNT(counts); c++) {
    for (size_t t = 0; t < COUNT(taps); t++) check_weighted_sum(s, counts[c], taps[t]);
  }
}
