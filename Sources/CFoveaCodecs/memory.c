#include "memory.h"

#include <stdlib.h>

#include "faults.h"

// The size stands before each block, so that its release can be counted; 16 bytes keep the alignment.
enum { header_size = 16 };

void *fovea_allocate(fovea_memory *memory, size_t size) {
  memory->over_limit = size > memory->limit || memory->used > memory->limit - size;
  if (memory->over_limit || fovea_fault_strikes(FOVEA_FAULT_ALLOCATION)) return NULL;
  uint8_t *block = malloc(size + header_size);
  if (block == NULL) return NULL;
  *(size_t *)block = size;
  memory->used += size;
  return block + header_size;
}

void fovea_release(fovea_memory *memory, void *pointer) {
  if (pointer == NULL) return;
  uint8_t *block = (uint8_t *)pointer - header_size;
  memory->used -= *(size_t *)block;
  free(block);
}
