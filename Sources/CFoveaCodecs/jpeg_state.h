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
  bool started;                   // decompressing has begun,
  bool gives_rows;                // and come as far as the first row
  bool has_scans;                 // several: all are read before the first row
  bool ended_early;               // an end marker was put where the file ends
  bool is_counted;                // data that was missing was asked for: mcu_rows stay as they are
  uint32_t mcu_rows[MAX_COMPONENTS];  // of a component, whose first scan came so far
} fovea_jpeg;

static inline fovea_jpeg *fovea_jpeg_of(j_common_ptr cinfo) { return cinfo->client_data; }

/// Errors leave through the decoder's escape, named as far as libjpeg tells them apart; warnings are counted.
void fovea_jpeg_watch_errors(fovea_jpeg *self);

/// Leaves with "N-bit JPEG" as what is not supported.
_Noreturn void fovea_jpeg_escape_precision(fovea_decoder *decoder, int bits);

/// Bounds libjpeg's memory, and puts the door before its allocations.
void fovea_jpeg_watch_memory(fovea_jpeg *self);

/// Lets libjpeg read from the decoder's source; an early end is an error unless it is allowed.
void fovea_jpeg_set_source(fovea_jpeg *self);

// What of a cut file came whole: jpeg_cut.c.

/// Notes how many rows of MCUs the scan that is being read has given its components, where it is their first.
void fovea_jpeg_count_rows(fovea_jpeg *self);

/// The same for the last time: from here on data is missing.
void fovea_jpeg_stop_counting(fovea_jpeg *self);

/// The rows from the top whose every sample came, and those of the neighbours that its colours are interpolated with.
uint32_t fovea_jpeg_whole_rows(const fovea_jpeg *self);

/// True when rows that came whole would be finer but for what is missing.
bool fovea_jpeg_is_coarse(const fovea_jpeg *self);
