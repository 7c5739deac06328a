#include "check.h"

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
  // The sum of K terms is off by K · ε/2 of what it may reach, K, on each side.
  compare_floats(s, "means", means[0], means[1], 0x1p-24 * (double)(rows + 4));
  compare_floats(s, "squares", squares[0], squares[1], sum_tolerance(rows, 4));
  for (int i = 0; i < 2; i++) release(means[i]), release(squares[i]);
  release(input);
}

// One block of rows through the kernels of batch normalisation; what there may be none of is there or not.
typedef struct {
  size_t rows, channels;
  fovea_activation activation;
  const void *input, *gradient;
  const float *scale, *shift, *factor, *slope, *offset, *means;
} block_case;

// x · scale + shift
static double preactivation(const subject *s, const block_case *p, size_t r, size_t c) {
  double x = (double)get_element(s, p->input, r, c);
  return x * (p->scale ? (double)p->scale[c] : 1) + (p->shift ? (double)p->shift[c] : 0);
}

// Whether rounding may decide on which side of a corner x lies.
static bool is_corner(fovea_activation activation, double x) {
  bool is_clamp = activation == FOVEA_RELU || activation == FOVEA_RELU6;
  double corner = is_clamp ? x > 3 && activation == FOVEA_RELU6 ? 6 : 0 : x < 0 ? -3 : 3;
  return (is_clamp || activation == FOVEA_HARDSWISH) && fabs(x - corner) < 1e-4;
}

static fovea_activation_gradient gradient_of(const block_case *p) {
  return (fovea_activation_gradient){.rows = p->rows,
                                     .channels = p->channels,
                                     .gradient = p->gradient,
                                     .gradient_stride = p->channels + 3,
                                     .input = p->input,
                                     .input_stride = p->channels + 2,
                                     .scale = p->scale,
                                     .shift = p->shift,
                                     .activation = p->activation};
}

static void check_scale_shift(subject *s, const block_case *p) {
  size_t rows = p->rows, channels = p->channels;
  void *outputs[2];
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_map(s, rows, channels, channels + 1, 7);
    (i ? s->scalar : s->kernels)
        ->scale_shift(&(fovea_scale_shift){.rows = rows,
                                           .channels = channels,
                                           .input = p->input,
                                           .input_stride = channels + 2,
                                           .scale = p->scale,
                                           .shift = p->shift,
                                           .activation = p->activation,
                                           .residual = rows % 2 ? outputs[i] : NULL,
                                           .residual_stride = channels + 1,
                                           .output = outputs[i],
                                           .output_stride = channels + 1});
  }
  double tolerances[rows * channels];
  void *residual = rows % 2 ? make_map(s, rows, channels, channels + 1, 7) : NULL;
  for (size_t i = 0; i < rows * channels; i++) {
    size_t r = i / channels, c = i % channels;
    double x = preactivation(s, p, r, c);
    // x is off by its rounding, which a slope of at most 1.5 passes on; and so is the answer
    tolerances[i] = activation_tolerance(p->activation, x) + 0x1p-22 * (fabs(x) + 1) +
                    estimate_tolerance(s, p->activation, outputs[1], residual, r, c);
  }
  if (residual) release(residual);
  compare_each(s, "scale shift", outputs[0], outputs[1], tolerances);
  release(outputs[0]), release(outputs[1]);
}

static void check_gradient_sums(subject *s, const block_case *p) {
  float *sums[2], *products[2];
  for (int i = 0; i < 2; i++) {
    sums[i] = make_floats(p->channels, 0, 1, 5), products[i] = make_floats(p->channels, 0, 1, 6);
    (i ? s->scalar : s->kernels)
        ->activation_gradient_sums(
            &(fovea_activation_gradient_sums){.of = gradient_of(p),
                                              .means = p->means,
                                              .sums = sums[i],
                                              .products = p->rows % 2 ? products[i] : NULL});
  }
  compare_floats(s, "gradient sums", sums[0], sums[1], sum_tolerance(p->rows, 4));
  compare_floats(s, "gradient products", products[0], products[1], sum_tolerance(p->rows, 8));
  for (int i = 0; i < 2; i++) release(sums[i]), release(products[i]);
}

static void check_gradient_apply(subject *s, const block_case *p) {
  size_t rows = p->rows, channels = p->channels;
  void *outputs[2];
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_map(s, rows, channels, channels + 1, 8);
    (i ? s->scalar : s->kernels)
        ->activation_gradient_apply(
            &(fovea_activation_gradient_apply){.of = gradient_of(p),
                                               .factor = p->factor,
                                               .slope = p->slope,
                                               .offset = p->offset,
                                               .residual = rows % 3 ? outputs[i] : NULL,
                                               .residual_stride = channels + 1,
                                               .output = outputs[i],
                                               .output_stride = channels + 1});
  }
  double tolerances[rows * channels];
  for (size_t i = 0; i < rows * channels; i++) {
    size_t r = i / channels, c = i % channels;
    double x = fabs((double)get_element(s, p->input, r, c));
    double g = fabs((double)get_element(s, p->gradient, r, c)) * (p->factor ? (double)p->factor[c] : 1);
    // four terms, each a few roundings: g · slope, at most 1.5; x / 5; the offset and the residual
    tolerances[i] =
        g * slope_tolerance(p->activation, preactivation(s, p, r, c)) + 0x1p-22 * (1.5 * g + x / 5 + 1.2);
  }
  compare_each(s, "gradient", outputs[0], outputs[1], tolerances);
  release(outputs[0]), release(outputs[1]);
}

static void check_block(subject *s, size_t rows, size_t channels, fovea_activation activation, float limit) {
  void *input = make_map_in(s, rows, channels, channels + 2, -limit, limit, 1);
  void *gradient = make_map(s, rows, channels, channels + 3, 2);
  float *scale = make_floats(channels, 2, 4, 3), *shift = make_floats(channels, 0.1f, 0.2f, 4);
  block_case p = {.rows = rows,
                  .channels = channels,
                  .activation = activation,
                  .input = input,
                  .gradient = gradient,
                  .scale = channels % 2 ? scale : NULL,
                  .shift = channels % 3 ? shift : NULL,
                  .factor = channels % 5 ? scale : NULL,
                  .slope = rows % 2 ? shift : NULL,
                  .offset = channels % 7 ? shift : NULL,
                  .means = channels % 4 ? shift : NULL};
  check_scale_shift(s, &p);
  for (size_t i = 0; i < rows * channels; i++) {
    size_t r = i / channels, c = i % channels;
    if (is_corner(activation, preactivation(s, &p, r, c))) set_element(s, gradient, r, c, 0);
  }
  check_gradient_sums(s, &p);
  check_gradient_apply(s, &p);
  release(input), release(gradient), release(scale), release(shift);
}

void check_batch_norm(subject *s) {
  for (size_t channels = 1; channels < 140; channels += 1 + channels / 16) {
    for (size_t rows = 1; rows < 40; rows += 1 + rows / 2) {
      check_moments(s, rows, channels);
      // About the corners of every function, and far into its tails.
      check_block(s, rows, channels, (fovea_activation)((rows + channels) % 9), 1);
      check_block(s, rows, channels, (fovea_activation)((rows + channels) % 9), 4);
    }
  }
}
