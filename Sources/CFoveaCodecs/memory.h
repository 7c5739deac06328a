#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The memory of one decoder or encoder: counted, and refused past its limit.
typedef struct {
  uint64_t used;
  uint64_t limit;
  bool over_limit;  // the last refusal was for the limit, not for want of memory
} fovea_memory;

/// `size` bytes aligned to 16, or NULL past the limit or when there are none. Cost: one malloc.
void *fovea_allocate(fovea_memory *memory, size_t size);

/// Gives back what fovea_allocate returned; NULL is nothing.
void fovea_release(fovea_memory *memory, void *pointer);
