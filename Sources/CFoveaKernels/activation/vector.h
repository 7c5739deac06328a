#pragma once
#include "../include/CFoveaKernels.h"

// Pointwise functions of a vector. A NaN stays a NaN: `maximum` and `minimum` keep their second operand.

static always_inline vec clamped(vec x, float low, float high) {
  return minimum(splat(high), maximum(splat(low), x));
}

// x · min(max(x / 6 + 1/2, 0), 1)
static always_inline vec hardswish(vec x) {
  return x * clamped(fused(x, splat(1.0f / 6), splat(0.5f)), 0, 1);
}

// A reciprocal estimate and a Newton step in place of the division were no faster in EfficientViT-L1.
static always_inline vec sigmoid(vec x) { return splat(1) / (splat(1) + exponential(-x)); }

// A rising function from 0 to 1 about (0, 1/2), which it is odd about: x times a minimax polynomial in x² over
// |x| ≤ bound, where it reaches 0 and 1. Of x² it takes x² · scale − 1, scale = 2 / bound².
static always_inline vec odd_step(vec x, float bound, float scale, const float *terms, int count) {
  vec bounded = clamped(x, -bound, bound);
  vec u = fused(bounded * bounded, splat(scale), splat(-1));
  vec sum = splat(terms[count - 1]);
  unrolled for (int i = count - 2; i >= 0; i--)
    sum = fused(sum, u, splat(terms[i]));
  return clamped(fused(bounded, sum, splat(0.5f)), 0, 1);
}

// Φ(x), within 1e-7.
static always_inline vec normal_distribution(vec x) {
  static const float terms[] = {0.13465934991836548f, -0.0671268180012703f, 0.04964578524231911f,
                                -0.03976341336965561f, 0.03203144297003746f, -0.02504192851483822f,
                                0.01853862963616848f, -0.012775265611708164f, 0.008417924866080284f,
                                -0.005448492243885994f, 0.002892276970669627f, -0.0010395585559308529f,
                                0.0006647974951192737f, -0.0006565758376382291f, 0.00023994030198082328f};
  return odd_step(x, 5.25f, 0.07256235827664399f, terms, sizeof terms / sizeof *terms);
}

// (1 + tanh u) / 2 of gelu_tanh's u = √(2/π) (x + 0.044715 x³), which is near Φ(x); within 1.1e-7. With σ(2u),
// an exponential and a division, EfficientViT-L1 took 1.1 times as long in bf16 (fovea bench --size 512x512).
static always_inline vec tanh_distribution(vec x) {
  static const float terms[] = {0.14572632312774658f, -0.07237742096185684f, 0.05272288620471954f,
                                -0.040680207312107086f, 0.03060225397348404f, -0.021701809018850327f,
                                0.014661713503301144f, -0.009253153577446938f, 0.004636880476027727f,
                                -0.0022633059415966272f, 0.002423701575025916f, -0.0018265193793922663f,
                                0.00024413279606960714f, 0.00017731363186612725f};
  return odd_step(x, 4.85f, 0.08502497524023056f, terms, sizeof terms / sizeof *terms);
}

static inline vec gelu_erf(vec x) { return x * normal_distribution(x); }

static inline vec gelu_tanh(vec x) { return x * tanh_distribution(x); }

static always_inline vec elu_plus_one(vec x) { return where_positive(x, x + splat(1), exponential(x)); }

static always_inline vec activated(fovea_activation activation, vec x) {
  switch (activation) {
    case FOVEA_IDENTITY: return x;
    case FOVEA_RELU: return maximum(splat(0), x);
    case FOVEA_RELU6: return clamped(x, 0, 6);
    case FOVEA_HARDSWISH: return hardswish(x);
    case FOVEA_GELU_ERF: return gelu_erf(x);
    case FOVEA_GELU_TANH: return gelu_tanh(x);
    case FOVEA_SILU: return x * sigmoid(x);
    case FOVEA_SIGMOID: return sigmoid(x);
    case FOVEA_ELU_PLUS_ONE: return elu_plus_one(x);
  }
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

// The epilogue of a block of sums: bias, activation, residual, rounding to elements.
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

static __attribute__((noinline)) void finish(const epilogue *call) {
  const epilogue copy = *call, *op = &copy;  // stores cannot be taken to change it
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
