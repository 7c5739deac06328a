#include "check.h"

enum { ROWS = 5 };

static void check_combine(subject *s, size_t channels) {
  void *left = make_map(s, ROWS, channels, channels + 2, 1),
       *right = make_map(s, ROWS, channels, channels, 3);
  for (int which = 0; which < 4; which++) {
    void *outputs[2];
    for (int i = 0; i < 2; i++) {
      outputs[i] = make_map(s, ROWS, channels, channels + 1, 2);
      (i ? s->scalar : s->kernels)
          ->combine(&(fovea_combine){.rows = ROWS,
                                     .channels = channels,
                                     .combination = which % 2 ? FOVEA_ADD : FOVEA_MULTIPLY,
                                     .left = left,
                                     .left_stride = channels + 2,
                                     .right = right,
                                     .right_stride = which / 2 ? channels : 0,
                                     .output = outputs[i],
                                     .output_stride = channels + 1});
    }
    compare_exactly(s, "combine", outputs[0], outputs[1]);  // one operation, and its rounding
    release(outputs[0]), release(outputs[1]);
  }
  release(left), release(right);
}

static void check_layer_norm(subject *s, size_t channels, bool weighted) {
  const float epsilon = 1e-3f;
  void *input = make_map(s, ROWS, channels, channels + 2, 1), *outputs[2];
  float *weight = make_floats(channels, -1, 1, 3);
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_map(s, ROWS, channels, channels + 1, 2);
    (i ? s->scalar : s->kernels)
        ->layer_norm(&(fovea_layer_norm){.rows = ROWS,
                                         .channels = channels,
                                         .input = input,
                                         .input_stride = channels + 2,
                                         .weight = weighted ? weight : NULL,
                                         .bias = weighted ? weight : NULL,
                                         .epsilon = epsilon,
                                         .output = outputs[i],
                                         .output_stride = channels + 1});
  }
  // The mean is off by K · ε/2 on each side, which the scale, at most 1 / √epsilon, amplifies; so is the
  // variance, relatively, and the answer is at most √K.
  double count = (double)channels;
  compare(s, "layer norm", outputs[0], outputs[1],
          0x1p-24 * (count + 8) * (1 / sqrt((double)epsilon) + sqrt(count)));
  release(outputs[0]), release(outputs[1]), release(input), release(weight);
}

// With a bias and a mask, one of them, or none.
static void check_softmax(subject *s, size_t columns, const float *bias, const float *mask) {
  void *input = make_map(s, ROWS, columns, columns + 2, 1), *outputs[2];
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_map(s, ROWS, columns, columns + 1, 2);
    (i ? s->scalar : s->kernels)
        ->softmax(&(fovea_softmax){.rows = ROWS,
                                   .columns = columns,
                                   .input = input,
                                   .input_stride = columns + 2,
                                   .scale = 3,
                                   .bias = bias,
                                   .bias_stride = columns + 3,
                                   .mask = mask,
                                   .mask_stride = columns + 3,
                                   .output = outputs[i],
                                   .output_stride = columns + 1});
  }
  // The sum of K exponentials is off by K · ε/2 on each side; logits, exponentials and the division do the
  // rest.
  compare_relatively(s, "softmax", outputs[0], outputs[1], 0x1p-24 * (double)(columns + 16));
  release(outputs[0]), release(outputs[1]), release(input);
}

static void check_softmaxes(subject *s, size_t columns) {
  float *bias = make_float_rows(ROWS, columns, columns + 3, -1, 1, 4);
  float *mask = make_float_rows(ROWS, columns, columns + 3, -1, 1, 4);
  check_softmax(s, columns, NULL, NULL);
  check_softmax(s, columns, bias, NULL);
  check_softmax(s, columns, NULL, mask);
  check_softmax(s, columns, bias, mask);
  static const float hidden[] = {-100, -INFINITY};
  for (size_t h = 0; h < COUNT(hidden); h++) {  // one key a row stays, wherever it lies
    for (size_t r = 0; r < ROWS; r++) {
      for (size_t c = 0; c < columns; c++)
        mask[r * (columns + 3) + c] = (c + r) % 3 && c != r * columns / ROWS ? hidden[h] : 0;
    }
    check_softmax(s, columns, NULL, mask);
    check_softmax(s, columns, bias, mask);
  }
  release(bias), release(mask);
}

static void check_sums_and_argmax(subject *s, size_t channels) {
  void *input = make_map(s, ROWS, channels, channels + 2, 1);
  float *sums[2];
  uint16_t *indices[2];
  for (int i = 0; i < 2; i++) {
    const fovea_kernels *k = i ? s->scalar : s->kernels;
    sums[i] = make_floats(channels, -1, 1, 3);
    indices[i] = make_block((frame){1, ROWS * sizeof **indices, 0}, 16);
    k->column_sums(&(fovea_column_sums){
        .rows = ROWS, .channels = channels, .input = input, .input_stride = channels + 2, .sums = sums[i]});
    k->argmax(&(fovea_argmax){.rows = ROWS,
                              .channels = channels,
                              .input = input,
                              .input_stride = channels + 2,
                              .indices = indices[i]});
  }
  compare_floats(s, "column sums", sums[0], sums[1], 0);  // rows in order, on both sides
  check_margins(s, "argmax", indices[0]);
  for (size_t r = 0; r < ROWS; r++) compare_number(s, "argmax", indices[0][r], indices[1][r], 0);
  for (int i = 0; i < 2; i++) release(sums[i]), release(indices[i]);
  release(input);
}

// Ties to even, halves that round up into the exponent or to infinity, and NaN whose payload lies in the half
// that is lost.
static const uint32_t special_bits[] = {0x00000000, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000,
                                        0x7f800001, 0xff80ffff, 0x3f808000, 0x3f818000, 0x3f808001,
                                        0x3f80ffff, 0x3fffffff, 0x7f7f7fff, 0x7f7f8000, 0x7f7fffff,
                                        0xff7fffff, 0x00800000};

static void check_conversion(subject *s, size_t count, bool special) {
  float *values = make_floats(count, -1, 1, 7), *back[2];
  for (size_t i = 0; special && i < count; i++)
    memcpy(&values[i], &special_bits[i % COUNT(special_bits)], sizeof *values);
  void *maps[2];
  for (int i = 0; i < 2; i++) {
    const fovea_kernels *k = i ? s->scalar : s->kernels;
    maps[i] = make_map(s, 1, count, count, 8), back[i] = make_floats(count, 0, 1, 8);
    k->convert_from_float(values, maps[i], count);
    k->convert_to_float(maps[i], back[i], count);
  }
  s->takes_infinities = special;
  compare_exactly(s, "conversion", maps[0], maps[1]);
  compare_floats(s, "conversion back", back[0], back[1], 0);
  s->takes_infinities = false;
  for (int i = 0; i < 2; i++) release(maps[i]), release(back[i]);
  release(values);
}

void check_rows(subject *s) {
  for (size_t channels = 1; channels < 140; channels += 1 + channels / 20) {
    check_combine(s, channels);
    check_layer_norm(s, channels, true);
    check_layer_norm(s, channels, false);
    check_softmaxes(s, channels);
    check_sums_and_argmax(s, channels);
    check_conversion(s, channels, false);
    check_conversion(s, channels, true);
  }
}
