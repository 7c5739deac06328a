#pragma once
#include <stddef.h>

// Maps whose elements are float.

typedef float element;

#define FOVEA_ELEMENT_PRECISION FOVEA_FLOAT32

static inline float get(const element *from) { return *from; }
static inline void put(element *to, float value) { *to = value; }
