#pragma once
#include <math.h>
#include <stdlib.h>

#include "../include/CFoveaKernels.h"

static int concentration_order(const void *left, const void *right) {
  float a = *(const float *)left, b = *(const float *)right;
  return (a > b) - (a < b);
}

// By the definitions, from the sorted magnitudes, in double.
static void concentrate(const fovea_concentrate *op) {
  float *sizes = op->scratch;
  for (size_t r = 0; r < op->rows; r++) {
    const float *row = op->input + r * op->input_stride;
    fovea_concentration result = {0};
    double size = 0, away = 0;
    float greatest = 0;
    for (size_t c = 0; c < op->columns; c++) {
      sizes[c] = fabsf(row[c]);
      result.sum += (double)row[c];
      size += (double)sizes[c];
      if (op->distances) away += (double)sizes[c] * (double)op->distances[r * op->distances_stride + c];
      greatest = fmaxf(greatest, sizes[c]);
    }
    if (greatest >= 0x1p-100f && size < INFINITY) {
      qsort(sizes, op->columns, sizeof *sizes, concentration_order);
      result.size = size;
      result.away = away / size;
      for (size_t c = 0; c < op->columns; c++) {
        double p = (double)sizes[c] / size;
        if (p > 0) result.entropy -= p * log2(p);
        result.gini += (2 * (double)c + 1 - (double)op->columns) * p / (double)op->columns;
        for (size_t t = 0; t < 2; t++) result.top[t] += c + op->top[t] >= op->columns ? p : 0;
      }
    }
    op->output[r] = result;
  }
}
