#pragma once
#include <math.h>

#include "../include/CFoveaKernels.h"

// φ of one element; the focused map is not of this kind.
static inline float feature(fovea_feature_map map, float x) {
  switch (map) {
    case FOVEA_FEATURES_RELU: return x < 0 ? 0 : x;
    case FOVEA_FEATURES_ELU_PLUS_ONE: return x > 0 ? x + 1 : expf(x);
    default: return x;
  }
}

static inline float focused_input(const fovea_features *op, const element *input, size_t c) {
  float x = get(input + c);
  return ((x < 0 ? 0 : x) + op->offset) * op->inverse_scale[c];
}

// A row is brought to length 1 before its power is taken, which changes neither |u| · uᵖ / |uᵖ| nor lets it
// overflow or vanish.
static inline void focused_row(const fovea_features *op, const element *input, element *output) {
  float squares = 0, powers = 0;
  for (size_t c = 0; c < op->channels; c++) {
    float u = focused_input(op, input, c);
    squares += u * u;
  }
  float length = sqrtf(squares);
  for (size_t c = 0; c < op->channels; c++) {
    float v = powf(focused_input(op, input, c) / length, op->power);
    powers += v * v;
  }
  float scale = length / sqrtf(powers);
  for (size_t c = 0; c < op->channels; c++) {
    put(output + c, powf(focused_input(op, input, c) / length, op->power) * scale);
  }
}

static void features(const fovea_features *op) {
  for (size_t r = 0; r < op->rows; r++) {
    const element *input = (const element *)op->input + r * op->input_stride;
    element *output = (element *)op->output + r * op->output_stride;
    if (op->map == FOVEA_FEATURES_FOCUSED) {
      focused_row(op, input, output);
    } else {
      for (size_t c = 0; c < op->channels; c++) put(output + c, feature(op->map, get(input + c)));
    }
  }
}

static void attention_sums(const fovea_attention_sums *op) {
  const element *other = op->normaliser_keys ? op->normaliser_keys : op->keys;
  size_t other_stride = op->normaliser_keys ? op->normaliser_keys_stride : op->keys_stride;
  for (size_t r = 0; r < op->rows; r++) {
    const element *keys = (const element *)op->keys + r * op->keys_stride;
    const element *values = (const element *)op->values + r * op->values_stride;
    for (size_t i = 0; i < op->key_width; i++) {
      float key = feature(op->map, get(keys + i));
      float *products = op->products + i * op->value_width;
      for (size_t j = 0; j < op->value_width; j++) products[j] += key * get(values + j);
      op->totals[i] += feature(op->map, get(other + r * other_stride + i));
    }
  }
}

static void attention_apply(const fovea_attention_apply *op) {
  const element *other = op->normaliser_queries ? op->normaliser_queries : op->queries;
  size_t other_stride = op->normaliser_queries ? op->normaliser_queries_stride : op->queries_stride;
  for (size_t r = 0; r < op->rows; r++) {
    const element *queries = (const element *)op->queries + r * op->queries_stride;
    const element *residual = op->residual ? (const element *)op->residual + r * op->residual_stride : NULL;
    element *output = (element *)op->output + r * op->output_stride;
    float normaliser = 0;
    for (size_t i = 0; i < op->key_width; i++) {
      normaliser += feature(op->map, get(other + r * other_stride + i)) * op->totals[i];
    }
    for (size_t j = 0; j < op->value_width; j++) {
      float sum = 0;
      for (size_t i = 0; i < op->key_width; i++) {
        sum += feature(op->map, get(queries + i)) * op->products[i * op->value_width + j];
      }
      float y = sum / (normaliser + op->epsilon);
      put(output + j, residual ? y + get(residual + j) : y);
    }
  }
}
