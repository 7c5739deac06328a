#include "check.h"

typedef struct {
  size_t rows, columns, tap_count, depth, gap;
  fovea_activation activation;
  bool residual;
} product_case;

static void *run_product(const subject *s, const fovea_kernels *k, const product_case *p, void *const *inputs,
                         const float *weights, const float *bias) {
  size_t depth = (p->depth + p->gap) * p->tap_count, stride = p->depth + 3, g = k->depth_granularity;
  size_t bytes = (p->columns + 15) / 16 * 16 * ((depth + g - 1) / g * g) * s->size;
  void *packed = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64 * !bytes);
  k->pack(&(fovea_pack){.depth = depth,
                        .columns = p->columns,
                        .input = weights,
                        .depth_stride = p->columns,
                        .column_stride = 1,
                        .output = packed});
  fovea_tap taps[4];
  for (size_t t = 0; t < p->tap_count; t++) {
    taps[t] = (fovea_tap){inputs[t], t * (p->depth + p->gap) + p->gap, p->depth};
  }
  void *output = make_map(s, p->rows, p->columns, p->columns + 1, 9);
  k->product(&(fovea_product){.rows = p->rows,
                              .columns = p->columns,
                              .input_stride = stride,
                              .taps = taps,
                              .tap_count = p->tap_count,
                              .weights = packed,
                              .weights_depth = depth,
                              .bias = bias,
                              .activation = p->activation,
                              .residual = p->residual ? output : NULL,
                              .residual_stride = p->columns + 1,
                              .output = output,
                              .output_stride = p->columns + 1});
  free(packed);
  return output;
}

static void check_product_case(subject *s, const product_case *p) {
  void *inputs[4];
  for (size_t t = 0; t < p->tap_count; t++)
    inputs[t] = make_map(s, p->rows, p->depth, p->depth + 3, (uint32_t)t + 1);
  size_t depth = (p->depth + p->gap) * p->tap_count;
  float *weights = make_floats(depth * p->columns, -1, 1, 5), *bias = make_floats(p->columns, -1, 1, 6);
  void *found = run_product(s, s->kernels, p, inputs, weights, bias);
  void *wanted = run_product(s, s->scalar, p, inputs, weights, bias);
  // Twice K·ε·max|a|·max|b|, both being off, times the slope of the activation.
  compare(s, "product", found, wanted, p->rows, p->columns, p->columns + 1,
          3 * 0x1p-24 * (double)(depth + 8) * (double)(depth + 1));
  for (size_t t = 0; t < p->tap_count; t++) free(inputs[t]);
  free(weights), free(bias), free(found), free(wanted);
}

void check_product(subject *s) {
  static const size_t rows[] = {1, 2, 5, 6, 7, 13, 14, 15, 16, 17, 31, 32, 33, 47};
  static const size_t columns[] = {1, 15, 16, 17, 31, 32, 33, 67}, depths[] = {1, 2, 3, 16, 31, 32, 33, 65};
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
      for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
        for (size_t taps = 1; taps < 4; taps++) {
          product_case p = {rows[r],    columns[c],  taps,
                            depths[d],  (r + c) % 4, (fovea_activation)((r + c + d + taps) % 9),
                            (r + d) % 2};
          check_product_case(s, &p);
        }
      }
    }
  }
}
