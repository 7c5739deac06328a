#include "faults.h"
#include "jpeg_state.h"

static void allocation_may_fail(j_common_ptr cinfo) {
  if (fovea_fault_strikes(FOVEA_FAULT_ALLOCATION)) {
    fovea_decoder_escape(&fovea_jpeg_of(cinfo)->common, FOVEA_OUT_OF_MEMORY, "");
  }
}

static void *allocate_small(j_common_ptr cinfo, int pool, size_t size) {
  allocation_may_fail(cinfo);
  return fovea_jpeg_of(cinfo)->memory.alloc_small(cinfo, pool, size);
}

static void *allocate_large(j_common_ptr cinfo, int pool, size_t size) {
  allocation_may_fail(cinfo);
  return fovea_jpeg_of(cinfo)->memory.alloc_large(cinfo, pool, size);
}

static JSAMPARRAY allocate_samples(j_common_ptr cinfo, int pool, JDIMENSION width, JDIMENSION rows) {
  allocation_may_fail(cinfo);
  return fovea_jpeg_of(cinfo)->memory.alloc_sarray(cinfo, pool, width, rows);
}

static JBLOCKARRAY allocate_blocks(j_common_ptr cinfo, int pool, JDIMENSION width, JDIMENSION rows) {
  allocation_may_fail(cinfo);
  return fovea_jpeg_of(cinfo)->memory.alloc_barray(cinfo, pool, width, rows);
}

static void realize_arrays(j_common_ptr cinfo) {
  allocation_may_fail(cinfo);
  fovea_jpeg_of(cinfo)->memory.realize_virt_arrays(cinfo);
}

void fovea_jpeg_watch_memory(fovea_jpeg *self) {
  struct jpeg_memory_mgr *memory = self->cinfo.mem;
  size_t limit = self->common.limits.max_memory;
  memory->max_memory_to_use = limit > 0 ? (long)limit : 1;  // 0 is no limit to libjpeg
  self->memory = *memory;
  memory->alloc_small = allocate_small;
  memory->alloc_large = allocate_large;
  memory->alloc_sarray = allocate_samples;
  memory->alloc_barray = allocate_blocks;
  memory->realize_virt_arrays = realize_arrays;
}
