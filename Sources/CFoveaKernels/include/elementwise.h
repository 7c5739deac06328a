#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum { FOVEA_ADD, FOVEA_MULTIPLY } fovea_combination;

/// output[r][c] = left[r][c] ∘ right[r][c]; a stride of 0 repeats one row (a per-channel parameter).
typedef struct {
  size_t rows, channels;
  fovea_combination combination;
  const void *left;
  size_t left_stride;
  const void *right;
  size_t right_stride;
  void *output;
  size_t output_stride;
} fovea_combine;

/// sums[c] += Σ_r input[r][c], r ascending, in float32.
typedef struct {
  size_t rows, channels;
  const void *input;
  size_t input_stride;
  float *sums;
} fovea_column_sums;

/// The index of a row in which something is NaN: none is the greatest.
enum { FOVEA_UNDECIDED = 0xfffe };

/// indices[r] = the first c with the greatest input[r][c], or FOVEA_UNDECIDED.
typedef struct {
  size_t rows, channels;
  const void *input;
  size_t input_stride;
  uint16_t *indices;
} fovea_argmax;
