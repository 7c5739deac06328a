#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

static void adamw(const fovea_adamw *op) {
  float step = op->rate / op->correction1, root = 1 / sqrtf(op->correction2), kept = 1 - op->rate * op->decay;
  for (size_t i = 0; i < op->count; i++) {
    float g = op->gradients[i] * op->gradient_scale;
    float first = op->beta1 * op->first[i] + (1 - op->beta1) * g;
    float second = op->beta2 * op->second[i] + (1 - op->beta2) * g * g;
    op->first[i] = first;
    op->second[i] = second;
    op->values[i] = op->values[i] * kept - step * first / (sqrtf(second) * root + op->epsilon);
  }
}

static void sgd(const fovea_sgd *op) {
  for (size_t i = 0; i < op->count; i++) {
    float g = op->gradients[i] * op->gradient_scale + op->decay * op->values[i];
    float velocity = op->momentum * op->velocities[i] + g;
    op->velocities[i] = velocity;
    op->values[i] -= op->rate * (op->nesterov ? g + op->momentum * velocity : velocity);
  }
}

static void average(const fovea_average *op) {
  for (size_t i = 0; i < op->count; i++) {
    op->averages[i] += (1 - op->retention) * (op->values[i] - op->averages[i]);
  }
}

static double sum_of_squares(const float *values, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)values[i] * (double)values[i];
  return sum;
}
