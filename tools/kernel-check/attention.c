#include "check.h"

static void check_features(subject *s, size_t channels) {
  void *input = make_map(s, 5, channels, channels + 2, 1);
  float *inverse = make_floats(channels, 0.5f, 2, 3);
  for (int which = 0; which < 6; which++) {
    void *outputs[2];
    for (int i = 0; i < 2; i++) {
      outputs[i] = make_map(s, 5, channels, channels + 1, 2);
      (i ? s->scalar : s->kernels)
          ->features(&(fovea_features){.rows = 5,
                                       .channels = channels,
                                       .map = (fovea_feature_map)(which < 3 ? which : 3),
                                       .offset = 1e-6f,
                                       .power = (const float[]){2, 3, 2.5f}[which % 3],
                                       .inverse_scale = inverse,
                                       .input = input,
                                       .input_stride = channels + 2,
                                       .output = outputs[i],
                                       .output_stride = channels + 1});
    }
    // Powers, and two roots of sums of K squares, on each side.
    compare_relatively(s, "features", outputs[0], outputs[1], 0x1p-24 * (double)(channels + 24));
    release(outputs[0]), release(outputs[1]);
  }
  release(input), release(inverse);
}

typedef struct {
  size_t rows, keys, values;
  fovea_feature_map map;
  bool separate;
} attention_case;

static void check_sums(subject *s, const attention_case *p) {
  void *keys = make_map(s, p->rows, p->keys, p->keys + 1, 1),
       *others = make_map(s, p->rows, p->keys, p->keys, 2);
  void *values = make_map(s, p->rows, p->values, p->values + 3, 3);
  float *products[2], *totals[2];
  for (int i = 0; i < 2; i++) {
    products[i] = make_floats(p->keys * p->values, -1, 1, 4), totals[i] = make_floats(p->keys, -1, 1, 5);
    (i ? s->scalar : s->kernels)
        ->attention_sums(&(fovea_attention_sums){.rows = p->rows,
                                                 .key_width = p->keys,
                                                 .value_width = p->values,
                                                 .map = p->map,
                                                 .keys = keys,
                                                 .keys_stride = p->keys + 1,
                                                 .normaliser_keys = p->separate ? others : NULL,
                                                 .normaliser_keys_stride = p->keys,
                                                 .values = values,
                                                 .values_stride = p->values + 3,
                                                 .products = products[i],
                                                 .totals = totals[i]});
  }
  compare_floats(s, "attention sums", products[0], products[1], sum_tolerance(p->rows, 1));
  compare_floats(s, "attention totals", totals[0], totals[1], sum_tolerance(p->rows, 1));
  for (int i = 0; i < 2; i++) release(products[i]), release(totals[i]);
  release(keys), release(others), release(values);
}

static void check_apply(subject *s, const attention_case *p) {
  void *queries = make_map(s, p->rows, p->keys, p->keys + 1, 1),
       *others = make_map(s, p->rows, p->keys, p->keys, 2);
  float *products = make_floats(p->keys * p->values, -1, 1, 4), *totals = make_floats(p->keys, 0, 1, 5);
  void *outputs[2];
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_map(s, p->rows, p->values, p->values + 3, 3);
    (i ? s->scalar : s->kernels)
        ->attention_apply(&(fovea_attention_apply){.rows = p->rows,
                                                   .key_width = p->keys,
                                                   .value_width = p->values,
                                                   .map = p->map,
                                                   .queries = queries,
                                                   .queries_stride = p->keys + 1,
                                                   .normaliser_queries = p->separate ? others : NULL,
                                                   .normaliser_queries_stride = p->keys,
                                                   .products = products,
                                                   .totals = totals,
                                                   .epsilon = p->map == FOVEA_FEATURES_IDENTITY ? 1000 : 1,
                                                   .residual = p->separate ? outputs[i] : NULL,
                                                   .residual_stride = p->values + 3,
                                                   .output = outputs[i],
                                                   .output_stride = p->values + 3});
  }
  compare(s, "attention apply", outputs[0], outputs[1], sum_tolerance(p->keys, 1));
  release(queries), release(others), release(products), release(totals), release(outputs[0]),
      release(outputs[1]);
}

void check_attention(subject *s) {
  static const size_t widths[][2] = {{1, 1},  {16, 16}, {32, 32}, {8, 8},   {24, 40},
                                     {7, 33}, {64, 17}, {65, 5},  {130, 96}};
  for (size_t channels = 1; channels < 100; channels += 1 + channels / 8) check_features(s, channels);
  for (size_t w = 0; w < COUNT(widths); w++) {
    for (size_t rows = 1; rows < 140; rows += 1 + rows / 3) {
      attention_case p = {rows, widths[w][0], widths[w][1], (fovea_feature_map)(rows % 3), rows % 2};
      check_sums(s, &p);
      check_apply(s, &p);
    }
  }
}
