#pragma once
#include "png_chunks.h"

// One chunk: its length and name, its bytes, its checksum.

#define FOVEA_PNG_NAME(a, b, c, d) \
  ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/// The head of a chunk; `text` is its name as a string.
typedef struct {
  uint32_t length;
  uint32_t name;
  char text[5];
} fovea_png_chunk;

/// Four bytes, the highest first.
static inline uint32_t fovea_png_number(const uint8_t *bytes) {
  return FOVEA_PNG_NAME(bytes[0], bytes[1], bytes[2], bytes[3]);
}

/// True for a chunk that a decoder may leave out.
static inline bool fovea_png_is_ancillary(uint32_t name) { return (name >> 24 & 32) != 0; }

/// The checksum of PNG (ISO 3309) over more bytes; begins with 0.
uint32_t fovea_png_checksum(uint32_t crc, const uint8_t *bytes, size_t count);

/// Reads `count` bytes; leaves through the escape when there are fewer.
void fovea_png_read_exactly(fovea_decoder *decoder, uint8_t *into, size_t count);

/// Reads a chunk's head into `bytes` too, and compares its length with what is left of the file.
fovea_png_chunk fovea_png_begin(fovea_decoder *decoder, const fovea_png_chunks *chunks, uint8_t bytes[8]);

/// True when the chunk at the source's position is not there whole, and image data is, of this
/// chunk or of others before: `chunks->cut` then says so. The position stays.
bool fovea_png_is_cut_here(
    fovea_decoder *decoder, fovea_png_chunks *chunks, bool has_data, bool data_ended);
