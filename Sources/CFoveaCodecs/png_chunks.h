#pragma once
#include "decoder_state.h"

enum { FOVEA_PNG_LARGEST_PROFILE = 4 << 20 };

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
  uint8_t *exif;           // the payload that fovea_png_scan kept
} fovea_png_chunks;

/// Reads and checks IHDR at the source's position 8: its checksum, values and size limits.
void fovea_png_read_header(fovea_decoder *decoder, fovea_png_chunks *chunks);

/// Walks all chunk headers to IEND: every length against the bytes left, no unknown critical chunk, some
/// image data; keeps the EXIF block in `decoder->info`. Then stands at IHDR again.
void fovea_png_scan(fovea_decoder *decoder, fovea_png_chunks *chunks);

/// Hands out the next `count` bytes of the chunks that pass.
void fovea_png_read(fovea_decoder *decoder, fovea_png_chunks *chunks, uint8_t *into, size_t count);

/// Checks the checksums of all critical chunks from the one being handed out to IEND, without inflating.
void fovea_png_check_rest(fovea_decoder *decoder, fovea_png_chunks *chunks);
