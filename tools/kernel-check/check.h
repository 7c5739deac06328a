#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CFoveaKernels.h"

// Every operation of a table against the scalar reference, on memory that ends where a map ends, so that the
// address sanitiser sees an element read or written past it.

// One table beside the scalar reference of its precision.
typedef struct {
  const fovea_kernels *kernels, *scalar;
  size_t size;      // bytes of an element
  double roundoff;  // of an element
  const char *name;
  size_t comparisons, failures;
} subject;

// Numbers in [−1, 1] that depend on the seed alone.
float noise(uint32_t *seed);

// A map of `rows` × `channels`, `stride` apart, ending with its last element; filled with noise.
void *make_map(const subject *s, size_t rows, size_t channels, size_t stride, uint32_t seed);
float *make_floats(size_t count, float low, float high, uint32_t seed);

// Compares two maps, within `tolerance` and the rounding of elements.
void compare(subject *s, const char *what, const void *found, const void *wanted, size_t rows,
             size_t channels, size_t stride, double tolerance);
void compare_floats(subject *s, const char *what, const float *found, const float *wanted, size_t count,
                    double tolerance);

void check_product(subject *s);
void check_depthwise(subject *s);
void check_rows(subject *s);
void check_attention(subject *s);
void check_resample(subject *s);
void check_gradients(subject *s);
