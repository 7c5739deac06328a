#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Maps whose elements are bfloat16: the upper half of a float, rounded to nearest even.

typedef uint16_t element;

#define FOVEA_ELEMENT_PRECISION FOVEA_BFLOAT16
#define FOVEA_ELEMENT_IS_BFLOAT16 1

static inline float get(const element *from) {
  uint32_t bits = (uint32_t)*from << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline void put(element *to, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) {
    *to = (uint16_t)(bits >> 16 | 0x40);  // a NaN stays one when its payload lies in the lost half
  } else {
    *to = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
}
