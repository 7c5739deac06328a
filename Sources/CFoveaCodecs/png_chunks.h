#pragma once
#include <zlib.h>

#include "decoder_state.h"

enum { FOVEA_PNG_LARGEST_PROFILE = 4 << 20 };

/// A chunk's content that is kept, NULL for none.
typedef struct {
  uint8_t *memory;
  const uint8_t *start;  // within the memory
  uint32_t size;
} fovea_png_block;

/// What fovea_png_scan kept of the chunks that libpng does not get.
typedef struct {
  fovea_png_block exif, exif_text, xmp, coded_colour;
  fovea_png_block payload;  // of the text at hand
  z_stream stream;
  bool is_inflating;
} fovea_png_metadata;

/// Where a file is cut that may be: at the first chunk that is not there whole.
typedef struct {
  bool is_cut;
  uint64_t start;
  uint32_t data_length;  // bytes of image data that are there of that chunk
} fovea_png_cut;

/// A PNG's chunks as they pass to libpng: the critical ones, tRNS and what describes colours; all others are
/// stepped over unread.
typedef struct {
  uint64_t start;          // where the chunk being handed out begins
  bool data_begun;         // an IDAT was handed out
  uint8_t header[8];
  uint32_t header_left;    // bytes of the header still to hand out
  uint64_t payload_left;   // bytes of the payload and its checksum still to hand out
  uint32_t width, height;
  uint8_t bit_depth, color_type, interlace;
  fovea_png_metadata metadata;
  fovea_png_cut cut;
} fovea_png_chunks;

/// Reads and checks IHDR at the source's position 8: its checksum, values and size limits.
void fovea_png_read_header(fovea_decoder *decoder, fovea_png_chunks *chunks);

/// Walks all chunk headers to IEND: every length against the bytes left, no unknown critical chunk, some
/// image data; tells `decoder->info` of the metadata. Where cut files are allowed the walk may end in `chunks->cut`.
/// Then stands at IHDR again.
void fovea_png_scan(fovea_decoder *decoder, fovea_png_chunks *chunks);

/// Hands out the next `count` bytes of the chunks that pass; leaves through the escape where the file is cut.
void fovea_png_read(fovea_decoder *decoder, fovea_png_chunks *chunks, uint8_t *into, size_t count);

/// Frees what the scan kept.
void fovea_png_release_metadata(fovea_decoder *decoder, fovea_png_metadata *kept);

/// Checks the checksums of all critical chunks from the one being handed out to IEND, without inflating.
void fovea_png_check_rest(fovea_decoder *decoder, fovea_png_chunks *chunks);
