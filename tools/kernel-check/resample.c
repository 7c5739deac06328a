#include "check.h"

static void check_taps(subject *s, size_t row_taps, size_t column_taps, size_t channels) {
  enum { width = 7, output_width = 15 };
  void *inputs[4];
  const void *rows[4];
  for (size_t y = 0; y < row_taps; y++)
    rows[y] = inputs[y] = make_map(s, width, channels, channels + 2, (uint32_t)y);
  float *row_weights = make_floats(row_taps, -1, 1, 5);
  float *weights = make_floats(output_width * column_taps, -1, 1, 6);
  int32_t *indices = make_block((frame){1, output_width * column_taps * sizeof *indices, 0}, 16);
  for (size_t i = 0; i < output_width * column_taps; i++) indices[i] = (int32_t)(i * 5 % width);
  void *outputs[2];
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_map(s, output_width, channels, channels + 1, 9);
    (i ? s->scalar : s->kernels)
        ->resample_row(&(fovea_resample_row){.output_width = output_width,
                                             .channels = channels,
                                             .row_taps = row_taps,
                                             .column_taps = column_taps,
                                             .rows = rows,
                                             .row_weights = row_weights,
                                             .input_stride = channels + 2,
                                             .indices = indices,
                                             .weights = weights,
                                             .residual = channels % 2 ? outputs[i] : NULL,
                                             .residual_stride = channels + 1,
                                             .output = outputs[i],
                                             .output_stride = channels + 1});
  }
  compare(s, "resample", outputs[0], outputs[1], 0x1p-18);
  for (size_t y = 0; y < row_taps; y++) release(inputs[y]);
  release(row_weights), release(weights), release(indices), release(outputs[0]), release(outputs[1]);
}

void check_resample(subject *s) {
  for (size_t channels = 1; channels < 70; channels += 1 + channels / 8) {
    for (size_t row_taps = 1; row_taps < 5; row_taps++) {
      for (size_t column_taps = 1; column_taps < 5; column_taps++)
        check_taps(s, row_taps, column_taps, channels);
    }
  }
}
