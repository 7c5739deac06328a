#pragma once
#include <math.h>

#include "../vector/common.h"

static void adamw(const fovea_adamw *call) {
  const fovea_adamw copy = *call, *op = &copy;  // stores cannot be taken to change it
  vec step = splat(op->rate / op->correction1), kept = splat(1 - op->rate * op->decay);
  vec root = splat(1 / sqrtf(op->correction2)), beta1 = splat(op->beta1), beta2 = splat(op->beta2);
  vec rest1 = splat(1 - op->beta1), rest2 = splat(1 - op->beta2);
  for_channels(i, op->count, {
    vec g = load_floats_lanes(op->gradients + i, lanes, whole) * splat(op->gradient_scale);
    vec first = fused(beta1, load_floats_lanes(op->first + i, lanes, whole), rest1 * g);
    vec second = fused(beta2, load_floats_lanes(op->second + i, lanes, whole), rest2 * g * g);
    vec change = step * first / fused(square_root(second), root, splat(op->epsilon));
    vec value = fused(load_floats_lanes(op->values + i, lanes, whole), kept, -change);
    store_floats_lanes(op->first + i, first, lanes, whole);
    store_floats_lanes(op->second + i, second, lanes, whole);
    store_floats_lanes(op->values + i, value, lanes, whole);
  });
}

static void sgd(const fovea_sgd *call) {
  const fovea_sgd copy = *call, *op = &copy;
  for_channels(i, op->count, {
    vec value = load_floats_lanes(op->values + i, lanes, whole);
    vec g = load_floats_lanes(op->gradients + i, lanes, whole) * splat(op->gradient_scale);
    g = fused(splat(op->decay), value, g);
    vec velocity = fused(splat(op->momentum), load_floats_lanes(op->velocities + i, lanes, whole), g);
    vec direction = op->nesterov ? fused(splat(op->momentum), velocity, g) : velocity;
    store_floats_lanes(op->velocities + i, velocity, lanes, whole);
    store_floats_lanes(op->values + i, fused(splat(-op->rate), direction, value), lanes, whole);
  });
}

static void average(const fovea_average *call) {
  const fovea_average copy = *call, *op = &copy;
  vec rest = splat(1 - op->retention);
  for_channels(i, op->count, {
    vec before = load_floats_lanes(op->averages + i, lanes, whole);
    vec value = load_floats_lanes(op->values + i, lanes, whole);
    store_floats_lanes(op->averages + i, fused(rest, value - before, before), lanes, whole);
  });
}

// In float64: vectors of as many bytes, of half as many numbers, four of them at once.
enum { DOUBLES = LANES / 2 };
typedef double double_vec __attribute__((vector_size(DOUBLES * sizeof(double))));
typedef float half_vec __attribute__((vector_size(DOUBLES * sizeof(float)), aligned(4)));

static double sum_of_squares(const float *values, size_t count) {
  double_vec sums[4] = {};
  size_t i = 0;
  for (; i + 4 * DOUBLES <= count; i += 4 * DOUBLES) {
    unrolled for (size_t v = 0; v < 4; v++) {
      double_vec x = __builtin_convertvector(*(const half_vec *)(values + i + v * DOUBLES), double_vec);
      sums[v] += x * x;
    }
  }
  double_vec total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double sum = 0;
  for (size_t lane = 0; lane < DOUBLES; lane++) sum += total[lane];
  for (; i < count; i++) sum += (double)values[i] * (double)values[i];
  return sum;
}
