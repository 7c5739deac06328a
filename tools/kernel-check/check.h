#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CFoveaKernels.h"

// Every operation of a table against the scalar reference. What a kernel is given lies in blocks: a margin
// before and behind, and the gaps between rows, hold a pattern that a comparison looks for. Under the address
// sanitiser nobody may touch a margin.

// One table beside the scalar reference of its precision.
typedef struct {
  const fovea_kernels *kernels, *scalar;
  size_t size;      // bytes of an element
  double roundoff;  // of an element
  const char *name;
  bool takes_infinities;  // and NaN, as answers that both may give
  size_t comparisons, failures;
} subject;

#define COUNT(array) (sizeof(array) / sizeof *(array))

// Numbers in [−1, 1] that depend on the seed alone.
float noise(uint32_t *seed);

// A block's shape, in bytes: rows of `width`, `stride` apart.
typedef struct {
  size_t rows, width, stride;
} frame;

// An alignment of 16 is that of no more: such a block begins off a cache line.
void *make_block(frame shape, size_t alignment);
void release(void *block);
const frame *frame_of(const void *block);
// Fails where something was written beside the rows.
void check_margins(subject *s, const char *what, const void *block);

// Blocks of `rows` × `channels` numbers, `stride` apart, filled with noise; a map has elements in [−1, 1]
// where no range is given.
void *make_map(const subject *s, size_t rows, size_t channels, size_t stride, uint32_t seed);
void *make_map_in(const subject *s, size_t rows, size_t channels, size_t stride, float low, float high,
                  uint32_t seed);
float *make_float_rows(size_t rows, size_t columns, size_t stride, float low, float high, uint32_t seed);
float *make_floats(size_t count, float low, float high, uint32_t seed);
double *make_doubles(size_t rows, size_t columns, size_t stride, uint32_t seed);

float get_element(const subject *s, const void *map, size_t r, size_t c);
void set_element(const subject *s, void *map, size_t r, size_t c, float value);

// These compare two blocks of one shape, number by number, and look at the margins of what was found. Maps
// also have the rounding of their elements, save where they are to be the same.
void compare(subject *s, const char *what, const void *found, const void *wanted, double tolerance);
void compare_relatively(subject *s, const char *what, const void *found, const void *wanted, double relative);
void compare_each(subject *s, const char *what, const void *found, const void *wanted,
                  const double *tolerances);  // [rows][channels]
void compare_exactly(subject *s, const char *what, const void *found, const void *wanted);
void compare_floats(subject *s, const char *what, const float *found, const float *wanted, double tolerance);
void compare_doubles(subject *s, const char *what, const double *found, const double *wanted,
                     double tolerance);
void compare_number(subject *s, const char *what, double found, double wanted, double tolerance);

// x · σ(u) of elements of 8 bits is an estimate, within an eighth of their last place; a residual was added, or NULL.
double estimate_tolerance(const subject *s, fovea_activation activation, const void *answers,
                          const void *residual, size_t r, size_t c);
void compare_activated(subject *s, const char *what, const void *found, const void *wanted,
                       fovea_activation activation, const void *residual, double tolerance);

// A sum of so many terms of at most `size` each, on both sides, in float32 or in float64.
double sum_tolerance(size_t terms, double size);
double double_tolerance(size_t terms, double size);
// A pointwise function, or its derivative, of x on both sides.
double activation_tolerance(fovea_activation activation, double x);
double slope_tolerance(fovea_activation activation, double x);

void check_product(subject *s);
void check_depthwise(subject *s);
void check_activation(subject *s);
void check_rows(subject *s);
void check_attention(subject *s);
void check_resample(subject *s);
void check_concentration(subject *s);
void check_matrix(subject *s);
void check_batch_norm(subject *s);
void check_gradients(subject *s);
