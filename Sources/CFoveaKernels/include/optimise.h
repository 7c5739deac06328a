#pragma once
#include <stdbool.h>
#include <stddef.h>

// Optimisers over flat float32 arrays, the same on every table; each element is one pass of its own.

/// A step of Adam with decoupled weight decay (Loshchilov and Hutter). With g = gradient · gradient_scale:
///   first ← β₁ first + (1 − β₁) g,  second ← β₂ second + (1 − β₂) g²
///   value ← value · (1 − rate · decay) − rate / c₁ · first / (√(second / c₂) + epsilon)
/// where c₁ = 1 − β₁ᵗ and c₂ = 1 − β₂ᵗ of step t = 1, 2, … .
typedef struct {
  size_t count;
  float *values;
  const float *gradients;
  float *first, *second;             // moments, zeros before the first step
  float gradient_scale;              // 1, or what clips the gradients' norm
  float rate, decay, beta1, beta2, epsilon;
  float correction1, correction2;    // c₁, c₂
} fovea_adamw;

/// A step of gradient descent with momentum. With g = gradient · gradient_scale + decay · value:
///   velocity ← momentum · velocity + g
///   value ← value − rate · (nesterov ? g + momentum · velocity : velocity)
typedef struct {
  size_t count;
  float *values;
  const float *gradients;
  float *velocities;                 // zeros before the first step
  float gradient_scale;
  float rate, decay, momentum;
  bool nesterov;
} fovea_sgd;

/// An exponential average: averages[i] ← averages[i] + (1 − retention) · (values[i] − averages[i]).
typedef struct {
  size_t count;
  const float *values;
  float *averages;
  float retention;
} fovea_average;
