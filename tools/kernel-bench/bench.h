#pragma once
#include <time.h>

#include "CFoveaKernels.h"

static inline double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double peak_gflops(fovea_isa isa);
