#include "check.h"

enum { ROWS = 5 };

static void check_activate(subject *s, size_t channels) {
  void *input = make_map(s, ROWS, channels, channels + 2, 1);
  for (int activation = FOVEA_IDENTITY; activation <= FOVEA_ELU_PLUS_ONE; activation++) {
    void *outputs[2];
    for (int i = 0; i < 2; i++) {
      outputs[i] = make_map(s, ROWS, channels, channels + 1, 2);
      (i ? s->scalar : s->kernels)
          ->activate(&(fovea_activate){.rows = ROWS,
                                       .channels = channels,
                                       .activation = (fovea_activation)activation,
                                       .input = input,
                                       .input_stride = channels + 2,
                                       .output = outputs[i],
                                       .output_stride = channels + 1});
    }
    compare(s, "activate", outputs[0], outputs[1], ROWS, channels, channels + 1, 0x1p-20);
    free(outputs[0]), free(outputs[1]);
  }
  free(input);
}

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
    compare(s, "combine", outputs[0], outputs[1], ROWS, channels, channels + 1, 0x1p-23);
    free(outputs[0]), free(outputs[1]);
  }
  free(left), free(right);
}

static void check_norm_and_softmax(subject *s, size_t channels) {
  void *input = make_map(s, ROWS, channels, channels + 2, 1);
  float *weight = make_floats(channels, -1, 1, 3), *mask = make_floats(ROWS * channels, -1, 1, 4);
  void *outputs[4];
  for (int i = 0; i < 2; i++) {
    const fovea_kernels *k = i ? s->scalar : s->kernels;
    outputs[i] = make_map(s, ROWS, channels, channels + 1, 2);
    outputs[2 + i] = make_map(s, ROWS, channels, channels + 1, 2);
    k->layer_norm(&(fovea_layer_norm){.rows = ROWS,
                                      .channels = channels,
                                      .input = input,
                                      .input_stride = channels + 2,
                                      .weight = weight,
                                      .bias = weight,
                                      .epsilon = 1e-3f,
                                      .output = outputs[i],
                                      .output_stride = channels + 1});
    k->softmax(&(fovea_softmax){.rows = ROWS,
                                .columns = channels,
                                .input = input,
                                .input_stride = channels + 2,
                                .scale = 3,
                                .bias = mask,
                                .bias_stride = channels,
                                .mask = mask,
                                .mask_stride = channels,
                                .output = outputs[2 + i],
                                .output_stride = channels + 1});
  }
  compare(s, "layer norm", outputs[0], outputs[1], ROWS, channels, channels + 1,
          0x1p-18 * (double)(channels + 8));
  compare(s, "softmax", outputs[2], outputs[3], ROWS, channels, channels + 1, 0x1p-19);
  for (int i = 0; i < 4; i++) free(outputs[i]);
  free(input), free(weight), free(mask);
}

static void check_sums_and_argmax(subject *s, size_t channels) {
  void *input = make_map(s, ROWS, channels, channels + 2, 1);
  float *sums[2];
  uint16_t indices[2][ROWS];
  for (int i = 0; i < 2; i++) {
    const fovea_kernels *k = i ? s->scalar : s->kernels;
    sums[i] = make_floats(channels, -1, 1, 3);
    k->column_sums(&(fovea_column_sums){
        .rows = ROWS, .channels = channels, .input = input, .input_stride = channels + 2, .sums = sums[i]});
    k->argmax(&(fovea_argmax){.rows = ROWS,
                              .channels = channels,
                              .input = input,
                              .input_stride = channels + 2,
                              .indices = indices[i]});
  }
  compare_floats(s, "column sums", sums[0], sums[1], channels, 0x1p-20);
  for (size_t r = 0; r < ROWS; r++) {
    float a = indices[0][r], b = indices[1][r];
    compare_floats(s, "argmax", &a, &b, 1, 0);
  }
  free(sums[0]), free(sums[1]), free(input);
}

static void check_conversion(subject *s, size_t count) {
  float *values = make_floats(count, -1, 1, 7);
  float *found = make_floats(count, 0, 1, 8);
  void *maps[2] = {malloc(count * s->size), malloc(count * s->size)};
  s->kernels->convert_from_float(values, maps[0], count);
  s->scalar->convert_from_float(values, maps[1], count);
  compare(s, "conversion", maps[0], maps[1], 1, count, count, 0);
  s->kernels->convert_to_float(maps[0], found, count);
  s->scalar->convert_to_float(maps[1], values, count);
  compare_floats(s, "conversion back", found, values, count, 0);
  free(values), free(found), free(maps[0]), free(maps[1]);
}

void check_rows(subject *s) {
  for (size_t channels = 1; channels < 140; channels += 1 + channels / 20) {
    check_activate(s, channels);
    check_combine(s, channels);
    check_norm_and_softmax(s, channels);
    check_sums_and_argmax(s, channels);
    check_conversion(s, channels);
  }
}
