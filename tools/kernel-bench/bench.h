#pragma once
#include <time.h>

#include "CFoveaKernels.h"

static inline double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double peak_gflops(fovea_isa isa);

// What is timed: four sizes of its own kind, and two functions that know them.
typedef struct {
  const char *name;
  double operations;  // floating-point operations of one run, or elements where they are not counted
  void (*prepare)(const fovea_kernels *, size_t, size_t, size_t, size_t);
  void (*run)(const fovea_kernels *);
  size_t a, b, c, d;
} shape;

// The memory that all shapes share, 64 MB each: two maps to read, one to write, parameters.
extern void *input, *output, *packed;
extern float *weights, *bias;

static inline size_t element_size(const fovea_kernels *k) { return k->precision == FOVEA_FLOAT32 ? 4 : 2; }

extern const shape inference_shapes[], training_shapes[];
extern const size_t inference_shape_count, training_shape_count;
