#include "check.h"

enum { ROWS = 5 };

// A few units in the last place of x, or of 1 where the answer does not vanish with x.
double activation_tolerance(fovea_activation activation, double x) {
  double size = isfinite(x) ? fabs(x) : 0;
  switch (activation) {
    case FOVEA_IDENTITY:
    case FOVEA_RELU:
    case FOVEA_RELU6: return 0;
    case FOVEA_SIGMOID:
    case FOVEA_ELU_PLUS_ONE: return 0x1p-22 * fmax(size, 1);
    default: return 0x1p-21 * size;
  }
}

// The same of 1, and in the tails of the product of x with a density.
double slope_tolerance(fovea_activation activation, double x) {
  bool steps = activation == FOVEA_IDENTITY || activation == FOVEA_RELU || activation == FOVEA_RELU6;
  return steps ? 0 : 0x1p-21 * fmax(1, fmin(fabs(x), 4));
}

double estimate_tolerance(const subject *s, fovea_activation activation, const void *answers,
                          const void *residual, size_t r, size_t c) {
  bool estimated =
      activation == FOVEA_GELU_ERF || activation == FOVEA_GELU_TANH || activation == FOVEA_SILU;
  if (!estimated || s->size != 2) return 0;
  double added = residual ? (double)get_element(s, residual, r, c) : 0;
  return 0x1p-11 * fabs((double)get_element(s, answers, r, c) - added);
}

void compare_activated(subject *s, const char *what, const void *found, const void *wanted,
                       fovea_activation activation, const void *residual, double tolerance) {
  const frame *of = frame_of(wanted);
  size_t columns = of->width / s->size;
  double tolerances[of->rows * columns];
  for (size_t i = 0; i < of->rows * columns; i++) {
    tolerances[i] =
        tolerance + estimate_tolerance(s, activation, wanted, residual, i / columns, i % columns);
  }
  compare_each(s, what, found, wanted, tolerances);
}

static void check_activate(subject *s, const void *input, fovea_activation activation) {
  const frame *of = frame_of(input);
  size_t channels = of->width / s->size;
  double tolerances[ROWS * channels];
  for (size_t i = 0; i < ROWS * channels; i++)
    tolerances[i] =
        activation_tolerance(activation, (double)get_element(s, input, i / channels, i % channels));
  void *outputs[2];
  for (int i = 0; i < 2; i++) {
    outputs[i] = make_map(s, ROWS, channels, channels + 1, 2);
    (i ? s->scalar : s->kernels)
        ->activate(&(fovea_activate){.rows = ROWS,
                                     .channels = channels,
                                     .activation = activation,
                                     .input = input,
                                     .input_stride = of->stride / s->size,
                                     .output = outputs[i],
                                     .output_stride = channels + 1});
  }
  if (activation <= FOVEA_RELU6) compare_exactly(s, "activate", outputs[0], outputs[1]);
  else compare_each(s, "activate", outputs[0], outputs[1], tolerances);
  release(outputs[0]), release(outputs[1]);
}

// Corners, the ends of polynomials, numbers far outside, infinities, and a NaN, which stays one.
static void *make_special_map(const subject *s, size_t channels) {
  static const float values[] = {0,   -0.0f, INFINITY, -INFINITY, NAN,   1e-30f, -1e-30f, 3,   -3,
                                 6,   -6,    5.25f,    -5.25f,    4.85f, -4.85f, 60,      -60, 89,
                                 -89, 100,   -100,     1e4f,      -1e4f, 1e30f,  -1e30f};
  void *map = make_map(s, ROWS, channels, channels + 2, 1);
  for (size_t i = 0; i < ROWS * channels; i++)
    set_element(s, map, i / channels, i % channels, values[i % COUNT(values)]);
  return map;
}

void check_activation(subject *s) {
  for (size_t channels = 1; channels < 140; channels += 1 + channels / 20) {
    void *near = make_map(s, ROWS, channels, channels + 2, 1);
    void *wide = make_map_in(s, ROWS, channels, channels + 2, -12, 12, 2);
    void *special = make_special_map(s, channels);
    for (int activation = FOVEA_IDENTITY; activation <= FOVEA_ELU_PLUS_ONE; activation++) {
      check_activate(s, near, (fovea_activation)activation);
      check_activate(s, wide, (fovea_activation)activation);
      s->takes_infinities = true;
      check_activate(s, special, (fovea_activation)activation);
      s->takes_infinities = false;
    }
    release(near), release(wide), release(special);
  }
}
