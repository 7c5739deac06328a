#include "check.h"

static void check_outer_sums(subject *s, size_t rows, size_t depth, size_t columns) {
  void *input = make_map(s, rows, depth, depth + 1, 1);
  void *gradient = make_map(s, rows, columns, columns + 3, 2);
  float *sums[2];
  for (int i = 0; i < 2; i++) {
    sums[i] = make_float_rows(depth, columns, columns + 2, -1, 1, 3);
    (i ? s->scalar : s->kernels)
        ->outer_sums(&(fovea_outer_sums){.rows = rows,
                                         .depth = depth,
                                         .columns = columns,
                                         .input = input,
                                         .input_stride = depth + 1,
                                         .gradient = gradient,
                                         .gradient_stride = columns + 3,
                                         .sums = sums[i],
                                         .sums_stride = columns + 2});
  }
  compare_floats(s, "outer sums", sums[0], sums[1], sum_tolerance(rows, 1));
  release(input), release(gradient), release(sums[0]), release(sums[1]);
}

typedef struct {
  size_t width, channels, kernel, stride, padding, missing;
} depthwise_case;

static void check_depthwise_sums(subject *s, const depthwise_case *p) {
  size_t output = (p->width + 2 * p->padding - p->kernel) / p->stride + 1, taps = p->kernel * p->kernel;
  void *inputs[9], *gradient = make_map(s, output, p->channels, p->channels + 1, 20);
  const void *rows[9];
  for (size_t i = 0; i < p->kernel; i++) {
    inputs[i] = make_map(s, p->width, p->channels, p->channels + 2, (uint32_t)i);
    rows[i] = i == p->missing ? NULL : inputs[i];
  }
  float *sums[2];
  for (int i = 0; i < 2; i++) {
    sums[i] = make_floats(taps * p->channels, -1, 1, 5);
    (i ? s->scalar : s->kernels)
        ->depthwise_sums(&(fovea_depthwise_sums){.output_width = output,
                                                 .channels = p->channels,
                                                 .input_width = p->width,
                                                 .kernel_height = p->kernel,
                                                 .kernel_width = p->kernel,
                                                 .stride = p->stride,
                                                 .padding = p->padding,
                                                 .rows = rows,
                                                 .input_stride = p->channels + 2,
                                                 .gradient = gradient,
                                                 .gradient_stride = p->channels + 1,
                                                 .sums = sums[i]});
  }
  compare_floats(s, "depthwise sums", sums[0], sums[1], sum_tolerance(output, 1));
  for (size_t i = 0; i < p->kernel; i++) release(inputs[i]);
  release(gradient), release(sums[0]), release(sums[1]);
}

static void check_depthwise_input(subject *s, const depthwise_case *p) {
  size_t output = (p->width + 2 * p->padding - p->kernel) / p->stride + 1, taps = p->kernel * p->kernel;
  void *inputs[9], *outputs[2];
  const void *rows[9];
  for (size_t i = 0; i < p->kernel; i++) {
    inputs[i] = make_map(s, output, p->channels, p->channels + 2, (uint32_t)i);
    rows[i] = i == p->missing ? NULL : inputs[i];
  }
  float *weights = make_floats(taps * p->channels, -1, 1, 5);
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_map(s, p->width, p->channels, p->channels + 1, 9);
    (i ? s->scalar : s->kernels)
        ->depthwise_input_gradient(
            &(fovea_depthwise_input_gradient){.output_width = output,
                                              .channels = p->channels,
                                              .input_width = p->width,
                                              .kernel_height = p->kernel,
                                              .kernel_width = p->kernel,
                                              .stride = p->stride,
                                              .padding = p->padding,
                                              .gradients = rows,
                                              .gradient_stride = p->channels + 2,
                                              .weights = weights,
                                              .residual = p->width % 2 ? outputs[i] : NULL,
                                              .residual_stride = p->channels + 1,
                                              .output = outputs[i],
                                              .output_stride = p->channels + 1});
  }
  compare(s, "depthwise input gradient", outputs[0], outputs[1], sum_tolerance(taps, 1));
  for (size_t i = 0; i < p->kernel; i++) release(inputs[i]);
  release(weights), release(outputs[0]), release(outputs[1]);
}

static void check_depthwise_gradients(subject *s) {
  static const size_t kernels[] = {1, 3, 4, 5, 7, 9}, channels[] = {1, 4, 7, 16, 17, 33, 67};
  for (size_t k = 0; k < COUNT(kernels); k++) {
    for (size_t c = 0; c < COUNT(channels); c++) {
      for (size_t width = 1; width < 24; width += 1 + width / 6) {
        for (size_t stride = 1; stride < 4; stride++) {
          for (size_t padding = 0; padding <= kernels[k] + 2; padding += kernels[k] / 2 + 1) {
            depthwise_case p = {width, channels[c], kernels[k], stride, padding, width % 9};
            if (width + 2 * padding < kernels[k]) continue;
            check_depthwise_sums(s, &p);
            check_depthwise_input(s, &p);
          }
        }
      }
    }
  }
}

enum { ROWS = 6 };

static void check_layer_norm_gradient(subject *s, size_t channels) {
  void *input = make_map(s, ROWS, channels, channels + 2, 1);
  void *gradient = make_map(s, ROWS, channels, channels + 1, 2);
  float *weight = make_floats(channels, -1, 1, 3), *weights[2], *biases[2];
  void *outputs[2];
  for (int i = 0; i < 2; i++) {
    weights[i] = make_floats(channels, -1, 1, 4), biases[i] = make_floats(channels, -1, 1, 5);
    outputs[i] = make_map(s, ROWS, channels, channels + 3, 6);
    (i ? s->scalar : s->kernels)
        ->layer_norm_gradient(&(fovea_layer_norm_gradient){.rows = ROWS,
                                                           .channels = channels,
                                                           .input = input,
                                                           .input_stride = channels + 2,
                                                           .gradient = gradient,
                                                           .gradient_stride = channels + 1,
                                                           .weight = channels % 2 ? weight : NULL,
                                                           .epsilon = 0.1f,
                                                           .weight_sums = channels % 3 ? weights[i] : NULL,
                                                           .bias_sums = channels % 5 ? biases[i] : NULL,
                                                           .residual = channels % 2 ? outputs[i] : NULL,
                                                           .residual_stride = channels + 3,
                                                           .output = outputs[i],
                                                           .output_stride = channels + 3});
  }
  double tolerance = 0x1p-18 * (double)(channels + 8);
  compare(s, "layer norm gradient", outputs[0], outputs[1], tolerance);
  compare_floats(s, "layer norm weights", weights[0], weights[1], tolerance);
  compare_floats(s, "layer norm biases", biases[0], biases[1], 0);  // rows in order, on both sides
  for (int i = 0; i < 2; i++) release(weights[i]), release(biases[i]), release(outputs[i]);
  release(input), release(gradient), release(weight);
}

static void check_softmax_gradient(subject *s, size_t columns) {
  void *answers = make_map(s, ROWS, columns, columns + 2, 1);
  void *gradient = make_map(s, ROWS, columns, columns + 1, 2), *outputs[2];
  float *sums[2];
  for (int i = 0; i < 2; i++) {
    sums[i] = make_float_rows(ROWS, columns, columns + 4, -1, 1, 3);
    outputs[i] = make_map(s, ROWS, columns, columns + 3, 6);
    (i ? s->scalar : s->kernels)
        ->softmax_gradient(&(fovea_softmax_gradient){.rows = ROWS,
                                                     .columns = columns,
                                                     .answers = answers,
                                                     .answers_stride = columns + 2,
                                                     .gradient = gradient,
                                                     .gradient_stride = columns + 1,
                                                     .scale = 0.5f,
                                                     .bias_sums = columns % 2 ? sums[i] : NULL,
                                                     .bias_stride = columns + 4,
                                                     .output = outputs[i],
                                                     .output_stride = columns + 3});
  }
  double tolerance = sum_tolerance(columns, 1);
  compare(s, "softmax gradient", outputs[0], outputs[1], tolerance);
  compare_floats(s, "softmax bias", sums[0], sums[1], tolerance);
  for (int i = 0; i < 2; i++) release(sums[i]), release(outputs[i]);
  release(answers), release(gradient);
}

static void check_features_gradient(subject *s, size_t channels) {
  void *input = make_map(s, ROWS, channels, channels + 2, 1);
  void *gradient = make_map(s, ROWS, channels, channels + 1, 2), *outputs[2];
  float *inverse = make_floats(channels, 0.5f, 2, 3), *sums[2];
  for (int which = 0; which < 6; which++) {
    float power = (const float[]){2, 3, 2.5f}[which % 3];
    for (int i = 0; i < 2; i++) {
      sums[i] = make_floats(channels, -1, 1, 4);
      outputs[i] = make_map(s, ROWS, channels, channels + 3, 6);
      (i ? s->scalar : s->kernels)
          ->features_gradient(&(fovea_features_gradient){.rows = ROWS,
                                                         .channels = channels,
                                                         .map = (fovea_feature_map)(which < 3 ? which : 3),
                                                         .offset = 0.01f,
                                                         .power = power,
                                                         .inverse_scale = inverse,
                                                         .input = input,
                                                         .input_stride = channels + 2,
                                                         .gradient = gradient,
                                                         .gradient_stride = channels + 1,
                                                         .inverse_scale_sums = sums[i],
                                                         .output = outputs[i],
                                                         .output_stride = channels + 3});
    }
    double tolerance = 0x1p-17 * (double)(channels + 8);
    compare(s, "features gradient", outputs[0], outputs[1], tolerance);
    compare_floats(s, "features scale", sums[0], sums[1], tolerance * ROWS);
    for (int i = 0; i < 2; i++) release(sums[i]), release(outputs[i]);
  }
  release(input), release(gradient), release(inverse);
}

static void check_cross_entropy(subject *s, size_t classes, bool soft) {
  float *logits = make_float_rows(ROWS, classes, classes + 2, -5, 5, 1);
  float *targets = make_float_rows(ROWS, classes, classes + 1, 0, 1, 2);
  float *weights = make_floats(classes, 0, 2, 3), *gradients[2];
  int32_t ids[ROWS] = {0, -1, (int32_t)classes, (int32_t)classes - 1, (int32_t)classes / 2, 0};
  double losses[2] = {0, 0};
  for (int i = 0; i < 2; i++) {
    gradients[i] = make_float_rows(ROWS, classes, classes + 3, 0, 1, 4);
    (i ? s->scalar : s->kernels)
        ->cross_entropy(&(fovea_cross_entropy){.rows = ROWS,
                                               .classes = classes,
                                               .logits = logits,
                                               .logits_stride = classes + 2,
                                               .ids = soft ? NULL : ids,
                                               .targets = soft ? targets : NULL,
                                               .targets_stride = classes + 1,
                                               .class_weights = classes % 2 ? weights : NULL,
                                               .smoothing = classes % 3 ? 0.1f : 0,
                                               .scale = 0.5f,
                                               .loss = &losses[i],
                                               .gradient = gradients[i],
                                               .gradient_stride = classes + 3});
  }
  double tolerance = 0x1p-20 * (double)(classes + 8);
  compare_floats(s, "cross entropy gradient", gradients[0], gradients[1], tolerance);
  compare_number(s, "cross entropy", losses[0], losses[1], tolerance * 10 * ROWS);
  release(logits), release(targets), release(weights), release(gradients[0]), release(gradients[1]);
}

static void check_optimisers(subject *s, size_t count) {
  enum { values, first, second, velocities, averages, arrays };
  float *gradients = make_floats(count, -1, 1, 1), *all[2][arrays];
  double squares[2];
  for (int i = 0; i < 2; i++) {
    const fovea_kernels *k = i ? s->scalar : s->kernels;
    float **of = all[i];
    for (uint32_t a = 0; a < arrays; a++) of[a] = make_floats(count, 0, 1, 2 + a);
    k->adamw(&(fovea_adamw){count, of[values], gradients, of[first], of[second], 0.5f, 0.01f, 0.05f, 0.9f,
                            0.999f, 1e-8f, 0.1f, 0.5f});
    k->sgd(&(fovea_sgd){count, of[values], gradients, of[velocities], 0.5f, 0.1f, 0.01f, 0.9f, count % 2});
    k->average(&(fovea_average){count, of[values], of[averages], 0.75f});
    squares[i] = k->sum_of_squares(gradients, count);
  }
  for (size_t a = 0; a < arrays; a++) compare_floats(s, "optimisers", all[0][a], all[1][a], 0x1p-20);
  compare_number(s, "sum of squares", squares[0], squares[1], double_tolerance(count, 1));
  for (size_t a = 0; a < arrays; a++) release(all[0][a]), release(all[1][a]);
  release(gradients);
}

void check_gradients(subject *s) {
  static const size_t rows[] = {1, 2, 31, 32, 33, 67, 300}, depths[] = {1, 5, 14, 15, 17, 32, 33, 70},
                      columns[] = {1, 7, 16, 17, 31, 32, 33, 67};
  for (size_t r = 0; r < COUNT(rows); r++) {
    for (size_t d = 0; d < COUNT(depths); d++) {
      for (size_t c = 0; c < COUNT(columns); c++) check_outer_sums(s, rows[r], depths[d], columns[c]);
    }
  }
  for (size_t channels = 1; channels < 140; channels += 1 + channels / 16) {
    check_layer_norm_gradient(s, channels);
    check_softmax_gradient(s, channels);
    check_features_gradient(s, channels);
    check_cross_entropy(s, channels, false);
    check_cross_entropy(s, channels, true);
    check_optimisers(s, channels);
  }
  check_depthwise_gradients(s);
}
