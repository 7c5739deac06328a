#pragma once
#include <setjmp.h>

#include "decoder.h"
#include "memory.h"
#include "source_window.h"

/// What both formats' decoders have in common; each one's own state follows it in its struct.
/// Every entry arms `escape` anew before it calls the library, and every error leaves through it.
struct fovea_decoder {
  jmp_buf escape;
  fovea_source *source;
  fovea_limits limits;
  fovea_memory memory;
  fovea_image_info *info;  // while opening
  fovea_codec_error error;
  uint32_t width;
  uint32_t height;
  size_t row_bytes;
  uint32_t next_row;
  uint64_t end;  // where the image and what belongs to it end in the file; 0 while that is not known
  uint32_t warning_count;
  char first_warning[160];
  fovea_code (*read_row)(struct fovea_decoder *, uint8_t *);
  fovea_code (*finish)(struct fovea_decoder *);
  void (*close)(struct fovea_decoder *);
};

/// The two ways in: NULL only without memory for the state itself; else a decoder whose error may be set.
fovea_decoder *fovea_png_open(fovea_source *source, const fovea_limits *limits, fovea_image_info *info);
fovea_decoder *fovea_jpeg_open(fovea_source *source, const fovea_limits *limits, fovea_image_info *info);

/// A zeroed state of `size` bytes beginning with the common part.
fovea_decoder *fovea_decoder_make(
    size_t size, fovea_source *source, const fovea_limits *limits, fovea_image_info *info);

/// Sets the error, the first one only, and returns its code.
fovea_code fovea_decoder_fail(fovea_decoder *decoder, fovea_code code, const char *detail);

/// The same, then leaves through `escape`.
_Noreturn void fovea_decoder_escape(fovea_decoder *decoder, fovea_code code, const char *detail);

/// `size` bytes of the decoder's memory; leaves through the escape past its limit or when there are none.
void *fovea_decoder_allocate(fovea_decoder *decoder, size_t size);

/// Leaves with FOVEA_OVER_MEMORY or FOVEA_OUT_OF_MEMORY: what a refused allocation means.
_Noreturn void fovea_decoder_escape_memory(fovea_decoder *decoder);

/// FOVEA_READ_FAILED when the source failed, else FOVEA_TRUNCATED: what an early end means.
_Noreturn void fovea_decoder_escape_early_end(fovea_decoder *decoder);

/// Counts a warning and keeps the first; past the limit it escapes.
void fovea_decoder_warn(fovea_decoder *decoder, const char *text);

/// Compares width × height with the limits; FOVEA_OK or the error that was set.
fovea_code fovea_decoder_check_size(fovea_decoder *decoder, uint32_t width, uint32_t height);
