#include "check.h"

// A sum of K terms of at most `size` each, on both sides.
static double sum_tolerance(size_t terms, double size) {
  return 4 * 0x1p-24 * (double)(terms + 8) * (double)(terms + 1) * size;
}

static void check_outer_sums(subject *s, size_t rows, size_t depth, size_t columns) {
  void *input = make_map(s, rows, depth, depth + 1, 1);
  void *gradient = make_map(s, rows, columns, columns + 3, 2);
  float *sums[2];
  for (int i = 0; i < 2; i++) {
    sums[i] = make_floats((depth - 1) * (columns + 2) + columns, -1, 1, 3);
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
  compare_floats(s, "outer sums", sums[0], sums[1], (depth - 1) * (columns + 2) + columns,
                 sum_tolerance(rows, 1));
  free(input), free(gradient), free(sums[0]), free(sums[1]);
}

static void check_moments(subject *s, size_t rows, size_t channels) {
  void *input = make_map(s, rows, channels, channels + 2, 1);
  float *means[2], *squares[2];
  for (int i = 0; i < 2; i++) {
    means[i] = make_floats(channels, 0, 1, 2), squares[i] = make_floats(channels, 0, 1, 3);
    (i ? s->scalar : s->kernels)
        ->channel_moments(&(fovea_channel_moments){.rows = rows,
                                                   .channels = channels,
                                                   .input = input,
                                                   .input_stride = channels + 2,
                                                   .means = means[i],
                                                   .squares = squares[i]});
  }
  compare_floats(s, "means", means[0], means[1], channels, 0x1p-22 * (double)(rows + 8));
  compare_floats(s, "squares", squares[0], squares[1], channels, sum_tolerance(rows, 4));
  for (int i = 0; i < 2; i++) free(means[i]), free(squares[i]);
  free(input);
}

// One block of rows through the four kernels of batch normalisation.
static void check_block(subject *s, size_t rows, size_t channels, fovea_activation activation) {
  void *input = make_map(s, rows, channels, channels + 2, 1);
  void *gradient = make_map(s, rows, channels, channels + 3, 2);
  float *scale = make_floats(channels, 2, 4, 3), *shift = make_floats(channels, 0.1f, 0.2f, 4);
  float *sums[2], *products[2];
  void *forward[2], *back[2];
  fovea_activation_gradient of = {.rows = rows,
                                  .channels = channels,
                                  .gradient = gradient,
                                  .gradient_stride = channels + 3,
                                  .input = input,
                                  .input_stride = channels + 2,
                                  .scale = channels % 2 ? scale : NULL,
                                  .shift = channels % 3 ? shift : NULL,
                                  .activation = activation};
  for (int i = 0; i < 2; i++) {
    const fovea_kernels *k = i ? s->scalar : s->kernels;
    sums[i] = make_floats(channels, 0, 1, 5), products[i] = make_floats(channels, 0, 1, 6);
    forward[i] = make_map(s, rows, channels, channels + 1, 7);
    back[i] = make_map(s, rows, channels, channels + 1, 8);
    k->activation_gradient_sums(&(fovea_activation_gradient_sums){
        .of = of, .means = shift, .sums = sums[i], .products = rows % 2 ? products[i] : NULL});
    k->activation_gradient_apply(
        &(fovea_activation_gradient_apply){.of = of,
                                           .factor = scale,
                                           .slope = rows % 2 ? shift : NULL,
                                           .offset = shift,
                                           .residual = rows % 3 ? back[i] : NULL,
                                           .residual_stride = channels + 1,
                                           .output = back[i],
                                           .output_stride = channels + 1});
    k->scale_shift(&(fovea_scale_shift){.rows = rows,
                                        .channels = channels,
                                        .input = input,
                                        .input_stride = channels + 2,
                                        .scale = scale,
                                        .shift = shift,
                                        .activation = activation,
                                        .residual = rows % 2 ? forward[i] : NULL,
                                        .residual_stride = channels + 1,
                                        .output = forward[i],
                                        .output_stride = channels + 1});
  }
  compare(s, "scale shift", forward[0], forward[1], rows, channels, channels + 1, 0x1p-18);
  // At a corner rounding decides the side.
  if (activation != FOVEA_RELU && activation != FOVEA_RELU6 && activation != FOVEA_HARDSWISH) {
    compare(s, "gradient", back[0], back[1], rows, channels, channels + 1, 0x1p-17);
    compare_floats(s, "gradient sums", sums[0], sums[1], channels, sum_tolerance(rows, 4));
    compare_floats(s, "gradient products", products[0], products[1], channels, sum_tolerance(rows, 8));
  }
  for (int i = 0; i < 2; i++) free(sums[i]), free(products[i]), free(forward[i]), free(back[i]);
  free(input), free(gradient), free(scale), free(shift);
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
  compare_floats(s, "depthwise sums", sums[0], sums[1], taps * p->channels, sum_tolerance(output, 1));
  for (size_t i = 0; i < p->kernel; i++) free(inputs[i]);
  free(gradient), free(sums[0]), free(sums[1]);
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
  compare(s, "depthwise input gradient", outputs[0], outputs[1], p->width, p->channels, p->channels + 1,
          sum_tolerance(taps, 1));
  for (size_t i = 0; i < p->kernel; i++) free(inputs[i]);
  free(weights), free(outputs[0]), free(outputs[1]);
}

static void check_depthwise_gradients(subject *s) {
  static const size_t kernels[] = {1, 3, 4, 5, 7, 9}, channels[] = {1, 4, 7, 16, 17, 33, 67};
  for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
    for (size_t c = 0; c < sizeof channels / sizeof *channels; c++) {
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
  compare(s, "layer norm gradient", outputs[0], outputs[1], ROWS, channels, channels + 3, tolerance);
  compare_floats(s, "layer norm weights", weights[0], weights[1], channels, tolerance);
  compare_floats(s, "layer norm biases", biases[0], biases[1], channels, 0x1p-20);
  for (int i = 0; i < 2; i++) free(weights[i]), free(biases[i]), free(outputs[i]);
  free(input), free(gradient), free(weight);
}

static void check_softmax_gradient(subject *s, size_t columns) {
  void *answers = make_map(s, ROWS, columns, columns + 2, 1);
  void *gradient = make_map(s, ROWS, columns, columns + 1, 2), *outputs[2];
  float *sums[2];
  for (int i = 0; i < 2; i++) {
    sums[i] = make_floats(ROWS * columns, -1, 1, 3);
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
                                                     .bias_stride = columns,
                                                     .output = outputs[i],
                                                     .output_stride = columns + 3});
  }
  double tolerance = sum_tolerance(columns, 1);
  compare(s, "softmax gradient", outputs[0], outputs[1], ROWS, columns, columns + 3, tolerance);
  compare_floats(s, "softmax bias", sums[0], sums[1], ROWS * columns, tolerance);
  for (int i = 0; i < 2; i++) free(sums[i]), free(outputs[i]);
  free(answers), free(gradient);
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
    compare(s, "features gradient", outputs[0], outputs[1], ROWS, channels, channels + 3, tolerance);
    compare_floats(s, "features scale", sums[0], sums[1], channels, tolerance * ROWS);
    for (int i = 0; i < 2; i++) free(sums[i]), free(outputs[i]);
  }
  free(input), free(gradient), free(inverse);
}

static void check_cross_entropy(subject *s, size_t classes, bool soft) {
  float *logits = make_floats(ROWS * classes, -5, 5, 1), *targets = make_floats(ROWS * classes, 0, 1, 2);
  float *weights = make_floats(classes, 0, 2, 3), *gradients[2];
  int32_t ids[ROWS] = {0, -1, (int32_t)classes, (int32_t)classes - 1, (int32_t)classes / 2, 0};
  double losses[2] = {0, 0};
  for (int i = 0; i < 2; i++) {
    gradients[i] = make_floats(ROWS * classes, 0, 1, 4);
    (i ? s->scalar : s->kernels)
        ->cross_entropy(&(fovea_cross_entropy){.rows = ROWS,
                                               .classes = classes,
                                               .logits = logits,
                                               .logits_stride = classes,
                                               .ids = soft ? NULL : ids,
                                               .targets = soft ? targets : NULL,
                                               .targets_stride = classes,
                                               .class_weights = classes % 2 ? weights : NULL,
                                               .smoothing = classes % 3 ? 0.1f : 0,
                                               .scale = 0.5f,
                                               .loss = &losses[i],
                                               .gradient = gradients[i],
                                               .gradient_stride = classes});
  }
  float found = (float)losses[0], wanted = (float)losses[1];
  double tolerance = 0x1p-20 * (double)(classes + 8);
  compare_floats(s, "cross entropy gradient", gradients[0], gradients[1], ROWS * classes, tolerance);
  compare_floats(s, "cross entropy", &found, &wanted, 1, tolerance * 10 * ROWS);
  free(logits), free(targets), free(weights), free(gradients[0]), free(gradients[1]);
}

static void check_optimisers(subject *s, size_t count) {
  float *gradients = make_floats(count, -1, 1, 1), *arrays[2];
  double squares[2];
  for (int i = 0; i < 2; i++) {
    const fovea_kernels *k = i ? s->scalar : s->kernels;
    float *values = arrays[i] = make_floats(5 * count, 0, 1, 2);
    float *first = values + count, *second = first + count, *velocity = second + count;
    k->adamw(&(fovea_adamw){count, values, gradients, first, second, 0.5f, 0.01f, 0.05f, 0.9f, 0.999f, 1e-8f,
                            0.1f, 0.5f});
    k->sgd(&(fovea_sgd){count, values, gradients, velocity, 0.5f, 0.1f, 0.01f, 0.9f, count % 2});
    k->average(&(fovea_average){count, values, velocity + count, 0.75f});
    squares[i] = k->sum_of_squares(values, count);
  }
  float found = (float)squares[0], wanted = (float)squares[1];
  compare_floats(s, "optimisers", arrays[0], arrays[1], 5 * count, 0x1p-20);
  compare_floats(s, "sum of squares", &found, &wanted, 1, 0x1p-18 * (double)(count + 1));
  free(gradients), free(arrays[0]), free(arrays[1]);
}

void check_gradients(subject *s) {
  static const size_t rows[] = {1, 2, 31, 32, 33, 67, 300}, depths[] = {1, 5, 14, 15, 17, 32, 33, 70},
                      columns[] = {1, 7, 16, 17, 31, 32, 33, 67};
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
      for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        check_outer_sums(s, rows[r], depths[d], columns[c]);
    }
  }
  for (size_t channels = 1; channels < 140; channels += 1 + channels / 16) {
    for (size_t r = 1; r < 40; r += 1 + r / 2) {
      check_moments(s, r, channels);
      check_block(s, r, channels, (fovea_activation)((r + channels) % 9));
    }
    check_layer_norm_gradient(s, channels);
    check_softmax_gradient(s, channels);
    check_features_gradient(s, channels);
    check_cross_entropy(s, channels, false);
    check_cross_entropy(s, channels, true);
    check_optimisers(s, channels);
  }
  check_depthwise_gradients(s);
}
