#include "check.h"

typedef struct {
  size_t rows, columns, tap_count, depth, gap;
  fovea_activation activation;
  bool residual, unbiased;
} product_case;

// Elements of packed weights.
static size_t packed_count(const fovea_kernels *k, size_t depth, size_t columns) {
  size_t g = k->depth_granularity;
  return (columns + FOVEA_PANEL - 1) / FOVEA_PANEL * FOVEA_PANEL * ((depth + g - 1) / g * g);
}

static void *make_packed(const subject *s, const fovea_kernels *k, size_t depth, size_t columns) {
  return make_block((frame){1, packed_count(k, depth, columns) * s->size, 0}, 64);
}

static void *run_product(const subject *s, const fovea_kernels *k, const product_case *p, void *const *inputs,
                         const float *weights, const float *bias) {
  size_t depth = (p->depth + p->gap) * p->tap_count, stride = p->depth + 3;
  void *packed = make_packed(s, k, depth, p->columns);
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
                              .bias = p->unbiased ? NULL : bias,
                              .activation = p->activation,
                              .residual = p->residual ? output : NULL,
                              .residual_stride = p->columns + 1,
                              .output = output,
                              .output_stride = p->columns + 1});
  release(packed);
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
  void *residual = p->residual ? make_map(s, p->rows, p->columns, p->columns + 1, 9) : NULL;
  compare_activated(s, "product", found, wanted, p->activation, residual,
                    3 * 0x1p-24 * (double)(depth + 8) * (double)(depth + 1));
  if (residual) release(residual);
  for (size_t t = 0; t < p->tap_count; t++) release(inputs[t]);
  release(weights), release(bias), release(found), release(wanted);
}

// Where element (k, n) lies in packed weights.
static size_t packed_place(const fovea_kernels *k, size_t depth, size_t at, size_t column) {
  size_t panel = packed_count(k, depth, FOVEA_PANEL) * (column / FOVEA_PANEL), n = column % FOVEA_PANEL;
  return panel + (k->depth_granularity == 1 ? at * FOVEA_PANEL + n : (at / 2 * FOVEA_PANEL + n) * 2 + at % 2);
}

// A matrix of elements, or of floats, with the strides of its depth and its columns.
static void check_pack(subject *s, size_t depth, size_t columns, size_t depth_stride, size_t column_stride,
                       bool is_map) {
  size_t span = (depth - 1) * depth_stride + (columns - 1) * column_stride + 1;
  void *map = make_map(s, 1, span, span, 3);
  float *floats = make_floats(span, -1, 1, 3);
  void *found = make_packed(s, s->kernels, depth, columns);
  void *wanted = make_packed(s, s->kernels, depth, columns);
  s->kernels->pack(&(fovea_pack){.depth = depth,
                                 .columns = columns,
                                 .input = is_map ? map : floats,
                                 .input_is_map = is_map,
                                 .depth_stride = depth_stride,
                                 .column_stride = column_stride,
                                 .output = found});
  memset(wanted, 0, frame_of(wanted)->width);
  for (size_t k = 0; k < depth; k++) {
    for (size_t n = 0; n < columns; n++) {
      size_t at = k * depth_stride + n * column_stride;
      float value = is_map ? get_element(s, map, 0, at) : floats[at];
      set_element(s, wanted, 0, packed_place(s->kernels, depth, k, n), value);
    }
  }
  compare_exactly(s, is_map ? "pack of a map" : "pack", found, wanted);
  release(map), release(floats), release(found), release(wanted);
}

static void check_packs(subject *s) {
  static const size_t depths[] = {1, 2, 3, 15, 31, 32, 33, 67}, columns[] = {1, 15, 16, 17, 31, 32, 33, 67};
  for (size_t d = 0; d < COUNT(depths); d++) {
    for (size_t c = 0; c < COUNT(columns); c++) {
      for (int is_map = 0; is_map < 2; is_map++) {
        check_pack(s, depths[d], columns[c], columns[c] + 2, 1, is_map);
        check_pack(s, depths[d], columns[c], 1, depths[d] + 3, is_map);
        check_pack(s, depths[d], columns[c], 2, 2 * depths[d] + 1, is_map);
      }
    }
  }
}

void check_product(subject *s) {
  check_packs(s);
  static const size_t rows[] = {1, 2, 5, 6, 7, 13, 14, 15, 16, 17, 31, 32, 33, 47};
  static const size_t columns[] = {1, 15, 16, 17, 31, 32, 33, 67}, depths[] = {1, 2, 3, 16, 31, 32, 33, 65};
  for (size_t r = 0; r < COUNT(rows); r++) {
    for (size_t c = 0; c < COUNT(columns); c++) {
      for (size_t d = 0; d < COUNT(depths); d++) {
        for (size_t taps = 1; taps < 4; taps++) {
          product_case p = {rows[r],     columns[c],  taps,
                            depths[d],   (r + c) % 4, (fovea_activation)((r + c + d + taps) % 9),
                            (r + d) % 2, false};
          check_product_case(s, &p);
          p.unbiased = true;
          if (taps == 1) check_product_case(s, &p);
        }
      }
    }
  }
}
