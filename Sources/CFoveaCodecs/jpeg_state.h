#pragma once
#include "jpeg_markers.h"

/// A JPEG decoder. libjpeg's memory manager stays its own, with a door in front for failures made on purpose.
typedef struct {
  fovea_decoder common;
  struct jpeg_decompress_struct cinfo;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  fovea_jpeg_markers markers;
  struct jpeg_memory_mgr memory;  // libjpeg's own functions, behind the door
  bool started;                   // decompressing has begun
  bool ended_early;               // an end marker was put where the file ends
} fovea_jpeg;

static inline fovea_jpeg *fovea_jpeg_of(j_common_ptr cinfo) { return cinfo->client_data; }

/// Errors leave through the decoder's escape, named as far as libjpeg tells them apart; warnings are counted.
void fovea_jpeg_watch_errors(fovea_jpeg *self);

/// Leaves with "N-bit JPEG" as what is not supported.
_Noreturn void fovea_jpeg_escape_precision(fovea_decoder *decoder, int bits);

/// Bounds libjpeg's memory, and puts the door before its allocations.
void fovea_jpeg_watch_memory(fovea_jpeg *self);

/// Lets libjpeg read from the decoder's source; an early end is an error.
void fovea_jpeg_set_source(fovea_jpeg *self);
