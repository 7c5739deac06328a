#pragma once
#include <stddef.h>
#include <stdint.h>

#include "codec_error.h"

/// The samples of the rows to be written. 16-bit samples are in the machine's own byte order.
typedef enum {
  FOVEA_WRITE_GREY8,
  FOVEA_WRITE_GREY16,
  FOVEA_WRITE_RGB8,
  FOVEA_WRITE_RGBA8,
  FOVEA_WRITE_INDEXED8,
} fovea_pixels;

typedef struct fovea_encoder fovea_encoder;

/// Starts a PNG of width × height. It goes to `descriptor`, which stays the caller's, or to memory for -1.
/// `palette` holds palette_count (1 to 256) triples R, G, B for indexed pixels, else it is NULL.
/// `level` is zlib's, 0 to 9. NULL with `error` set on failure.
fovea_encoder *fovea_encoder_open(
    int descriptor, fovea_pixels pixels, uint32_t width, uint32_t height, const uint8_t *palette,
    uint32_t palette_count, int level, fovea_codec_error *error);

/// Writes the next row, top to bottom; `row` holds width samples (or pixels) without padding.
fovea_code fovea_encoder_write_row(fovea_encoder *encoder, const uint8_t *row, fovea_codec_error *error);

/// Writes what is left; to be called once, after the last row.
fovea_code fovea_encoder_finish(fovea_encoder *encoder, fovea_codec_error *error);

/// The file in memory, when it went there, and its size; the encoder's.
const uint8_t *fovea_encoder_bytes(const fovea_encoder *encoder, size_t *count);

/// Frees everything, at any point; NULL is nothing.
void fovea_encoder_close(fovea_encoder *encoder);

/// write(2) until all is written; FOVEA_WRITE_FAILED with errno's sentence else.
fovea_code fovea_write_all(int descriptor, const uint8_t *bytes, size_t count, fovea_codec_error *error);
