#pragma once
#include "../include/CFoveaKernels.h"

// Pointwise functions of a vector. A NaN stays a NaN: `maximum` and `minimum` keep their second operand.

enum { MOST_AT_ONCE = 8 };

static always_inline vec clamped(vec x, float low, float high) {
  return minimum(splat(high), maximum(splat(low), x));
}

// x · min(max(x / 6 + 1/2, 0), 1)
static always_inline vec hardswish(vec x) {
  return x * clamped(fused(x, splat(1.0f / 6), splat(0.5f)), 0, 1);
}

// A reciprocal estimate and a Newton step in place of the division were no faster in EfficientViT-L1.
static always_inline vec sigmoid(vec x) { return splat(1) / (splat(1) + exponential(-x)); }

// A rising function from 0 to 1 about (0, 1/2), which it is odd about, of each of some vectors: x times a minimax
// polynomial in x² over |x| ≤ bound, where it reaches 0 and 1. Of x² it takes x² · scale − 1, scale = 2 / bound².
//
// The vectors go side by side: one after the other their long chains fill the scheduler, and 32×32 answers behind
// a matrix product took 676 ns, not 378.
static always_inline void odd_steps(const vec *x, vec *steps, size_t count, float bound, float scale,
                                    const float *terms, int last) {
  vec bounded[MOST_AT_ONCE], u[MOST_AT_ONCE], sums[MOST_AT_ONCE];
  unrolled for (size_t v = 0; v < count; v++) {
    bounded[v] = clamped(x[v], -bound, bound);
    u[v] = fused(bounded[v] * bounded[v], splat(scale), splat(-1));
    sums[v] = splat(terms[last]);
  }
  unrolled for (int i = last - 1; i >= 0; i--) {
    unrolled for (size_t v = 0; v < count; v++)
      sums[v] = fused(sums[v], u[v], splat(terms[i]));
  }
  unrolled for (size_t v = 0; v < count; v++)
    steps[v] = clamped(fused(bounded[v], sums[v], splat(0.5f)), 0, 1);
}

// Φ(x), within 1e-7.
static always_inline void normal_distributions(const vec *x, vec *steps, size_t count) {
  static const float terms[] = {0.13465934991836548f, -0.0671268180012703f, 0.04964578524231911f,
                                -0.03976341336965561f, 0.03203144297003746f, -0.02504192851483822f,
                                0.01853862963616848f, -0.012775265611708164f, 0.008417924866080284f,
                                -0.005448492243885994f, 0.002892276970669627f, -0.0010395585559308529f,
                                0.0006647974951192737f, -0.0006565758376382291f, 0.00023994030198082328f};
  odd_steps(x, steps, count, 5.25f, 0.07256235827664399f, terms, 14);
}

// (1 + tanh u) / 2 of gelu_tanh's u = √(2/π) (x + 0.044715 x³), which is near Φ(x); within 1.1e-7.
static always_inline void tanh_distributions(const vec *x, vec *steps, size_t count) {
  static const float terms[] = {0.14572632312774658f, -0.07237742096185684f, 0.05272288620471954f,
                                -0.040680207312107086f, 0.03060225397348404f, -0.021701809018850327f,
                                0.014661713503301144f, -0.009253153577446938f, 0.004636880476027727f,
                                -0.0022633059415966272f, 0.002423701575025916f, -0.0018265193793922663f,
                                0.00024413279606960714f, 0.00017731363186612725f};
  odd_steps(x, steps, count, 4.85f, 0.08502497524023056f, terms, 13);
}

#if FOVEA_VECTOR_HAS_ESTIMATES
// Elements of 8 bits need no more than 12 bits of a function: 32×32 answers of gelu behind a matrix product take
// 240 ns so, and 378 with the polynomials above.

static always_inline vec silu(vec x) { return x * logistic_estimate(x * splat(-1.44269504f)); }

// Φ(x) = σ(x · p(x²)), p is minimax: an error of 2⁻¹² of the answer and 2⁻²³ of x. Times −log₂ e.
static always_inline void gelus_erf(vec *x, size_t count) {
  static const float terms[] = {-2.301063060760498f, -0.10644885152578354f, 0.00076897325925529f,
                                3.947602090192959e-05f, -1.3830928082825267e-06f};
  unrolled for (size_t v = 0; v < count; v++) {
    vec square = x[v] * x[v], sum = splat(terms[4]);
    unrolled for (int i = 3; i >= 0; i--)
      sum = fused(square, sum, splat(terms[i]));
    x[v] *= logistic_estimate(x[v] * sum);
  }
}

// x σ(2u); times −log₂ e.
static always_inline void gelus_tanh(vec *x, size_t count) {
  unrolled for (size_t v = 0; v < count; v++) {
    vec sum = fused(x[v] * x[v], splat(-0.1029432f), splat(-2.3022082f));
    x[v] *= logistic_estimate(x[v] * sum);
  }
}
#else
static always_inline vec silu(vec x) { return x * sigmoid(x); }

static always_inline void multiply_each(vec *x, const vec *factors, size_t count) {
  unrolled for (size_t v = 0; v < count; v++)
    x[v] *= factors[v];
}

static always_inline void gelus_erf(vec *x, size_t count) {
  vec steps[MOST_AT_ONCE];
  normal_distributions(x, steps, count);
  multiply_each(x, steps, count);
}

static always_inline void gelus_tanh(vec *x, size_t count) {
  vec steps[MOST_AT_ONCE];
  tanh_distributions(x, steps, count);
  multiply_each(x, steps, count);
}
#endif

static always_inline vec elu_plus_one(vec x) { return where_positive(x, x + splat(1), exponential(x)); }

// Each of at most MOST_AT_ONCE vectors.
static always_inline void activate_each(fovea_activation activation, vec *x, size_t count) {
  if (activation == FOVEA_GELU_ERF) return gelus_erf(x, count);
  if (activation == FOVEA_GELU_TANH) return gelus_tanh(x, count);
  unrolled for (size_t v = 0; v < count; v++) {
    switch (activation) {
      case FOVEA_RELU: x[v] = maximum(splat(0), x[v]); break;
      case FOVEA_RELU6: x[v] = clamped(x[v], 0, 6); break;
      case FOVEA_HARDSWISH: x[v] = hardswish(x[v]); break;
      case FOVEA_SILU: x[v] = silu(x[v]); break;
      case FOVEA_SIGMOID: x[v] = sigmoid(x[v]); break;
      case FOVEA_ELU_PLUS_ONE: x[v] = elu_plus_one(x[v]); break;
      default: break;
    }
  }
}

static always_inline vec activated(fovea_activation activation, vec x) {
  activate_each(activation, &x, 1);
  return x;
}

// Runs a statement with `kind` a constant, so that the choice is made outside of its loops.
// clang-format off
#define with_activation(activation, ...)                  \
  switch (activation) {                                   \
    with_activation_case(FOVEA_IDENTITY, __VA_ARGS__)     \
    with_activation_case(FOVEA_RELU, __VA_ARGS__)         \
    with_activation_case(FOVEA_RELU6, __VA_ARGS__)        \
    with_activation_case(FOVEA_HARDSWISH, __VA_ARGS__)    \
    with_activation_case(FOVEA_GELU_ERF, __VA_ARGS__)     \
    with_activation_case(FOVEA_GELU_TANH, __VA_ARGS__)    \
    with_activation_case(FOVEA_SILU, __VA_ARGS__)         \
    with_activation_case(FOVEA_SIGMOID, __VA_ARGS__)      \
    with_activation_case(FOVEA_ELU_PLUS_ONE, __VA_ARGS__) \
  }
#define with_activation_case(value, ...) case value: { enum { kind = value }; __VA_ARGS__ } break;
// clang-format on

static void activate(const fovea_activate *op) {
  const element *input = op->input;
  element *output = op->output;
  with_activation(op->activation, {
    for (size_t r = 0; r < op->rows; r++) {
      const element *from = input + r * op->input_stride;
      element *to = output + r * op->output_stride;
      for_channels(c, op->channels, {
        store_lanes(to + c, activated((fovea_activation)kind, load_lanes(from + c, lanes, whole)), lanes,
                    whole);
      });
    }
  })
}

// The epilogue of a block of sums: bias, activation, residual, rounding to elements. Panels are done whole.
typedef struct {
  size_t rows, columns;
  const float *sums;
  size_t sums_stride;
  const float *bias;  // [columns], or NULL where the sums hold it
  fovea_activation activation;
  const element *residual;  // or NULL
  size_t residual_stride;
  element *output;
  size_t output_stride;
} epilogue;

// Rows of whole vectors side by side.
static always_inline void finish_rows(const epilogue *op, fovea_activation kind, const vec *bias, size_t row,
                                      size_t rows, size_t vectors) {
  vec y[MOST_AT_ONCE];
  unrolled for (size_t r = 0; r < rows; r++) {
    const float *sums = op->sums + (row + r) * op->sums_stride;
    unrolled for (size_t v = 0; v < vectors; v++)
      y[r * vectors + v] = load_floats(sums + v * LANES) + bias[v];
  }
  activate_each(kind, y, rows * vectors);
  unrolled for (size_t r = 0; r < rows; r++) {
    if (op->residual) {
      const element *residual = op->residual + (row + r) * op->residual_stride;
      unrolled for (size_t v = 0; v < vectors; v++)
        y[r * vectors + v] += load(residual + v * LANES);
    }
    store_side_by_side(op->output + (row + r) * op->output_stride, y + r * vectors, vectors);
  }
}

static always_inline void finish_vectors(const epilogue *op, size_t vectors) {
  vec bias[MOST_AT_ONCE / 2];
  unrolled for (size_t v = 0; v < vectors; v++)
    bias[v] = op->bias ? load_floats(op->bias + v * LANES) : splat(0);
  with_activation(op->activation, {
    for (size_t r = 0; r + 2 <= op->rows; r += 2) finish_rows(op, kind, bias, r, 2, vectors);
    if (op->rows % 2) finish_rows(op, kind, bias, op->rows - 1, 1, vectors);
  })
}

static always_inline void finish_ragged(const epilogue *op) {
  with_activation(op->activation, {
    for (size_t r = 0; r < op->rows; r++) {
      const float *sums = op->sums + r * op->sums_stride;
      const element *residual = op->residual ? op->residual + r * op->residual_stride : NULL;
      element *output = op->output + r * op->output_stride;
      for_channels(c, op->columns, {
        vec sum = load_floats_lanes(sums + c, lanes, whole);
        if (op->bias) sum += load_floats_lanes(op->bias + c, lanes, whole);
        vec y = activated((fovea_activation)kind, sum);
        if (residual) y += load_lanes(residual + c, lanes, whole);
        store_lanes(output + c, y, lanes, whole);
      });
    }
  })
}

// They work on copies of the call, which stores cannot be taken to change.
static __attribute__((noinline)) void finish_panel(const epilogue *call) {
  const epilogue copy = *call;
  finish_vectors(&copy, FOVEA_PANEL / LANES);
}

#if TILE_PANELS == 2
static __attribute__((noinline)) void finish_two_panels(const epilogue *call) {
  const epilogue copy = *call;
  finish_vectors(&copy, 2 * FOVEA_PANEL / LANES);
}
#endif

static __attribute__((noinline)) void finish_columns(const epilogue *call) {
  const epilogue copy = *call;
  finish_ragged(&copy);
}

static void finish(const epilogue *op) {
#if TILE_PANELS == 2
  if (op->columns == 2 * FOVEA_PANEL) return finish_two_panels(op);
#endif
  if (op->columns == FOVEA_PANEL) finish_panel(op);
  else finish_columns(op);
}

// The epilogues that are worth doing in the registers of the sums: a clamp (of which identity is one), or
// hardswish, without a residual.
typedef struct {
  bool direct, is_hardswish;
  float low, high;
} cheap_epilogue;

static inline cheap_epilogue cheap_epilogue_of(fovea_activation activation, bool residual) {
  cheap_epilogue cheap = {.low = -INFINITY, .high = INFINITY};
  cheap.is_hardswish = activation == FOVEA_HARDSWISH;
  bool clamp = activation == FOVEA_IDENTITY || activation == FOVEA_RELU || activation == FOVEA_RELU6;
  if (activation == FOVEA_RELU || activation == FOVEA_RELU6) cheap.low = 0;
  if (activation == FOVEA_RELU6) cheap.high = 6;
  cheap.direct = (clamp || cheap.is_hardswish) && !residual;
  return cheap;
}
