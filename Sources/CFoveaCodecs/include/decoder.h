#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "codec_error.h"
#include "source.h"

typedef enum { FOVEA_PNG, FOVEA_JPEG } fovea_format;

/// The samples of a row, in the order that they stand in it.
typedef enum {
  FOVEA_GREY = 1,
  FOVEA_GREY_ALPHA = 2,
  FOVEA_RGB = 3,
  FOVEA_RGBA = 4,
  FOVEA_CMYK = 5,  // as stored in the file: what Adobe writes is inverted
} fovea_layout;

/// What a file may ask for; each is compared with the header before anything is allocated for it.
typedef struct {
  uint64_t max_pixels;
  uint32_t max_side;
  uint32_t max_scans;
  uint32_t max_warnings;
  uint64_t max_memory;   // bytes that the decoder may hold at once
  bool allow_truncated;  // a cut file gives its whole rows, and FOVEA_TRUNCATED at its end
  bool keep_indices;     // rows of a palette are its indices, a byte each, not its colours
} fovea_limits;

/// What the header says. The pointers are the decoder's and live as long as it does.
typedef struct {
  fovea_format format;
  uint32_t width;
  uint32_t height;
  fovea_layout layout;
  uint32_t row_bits;     // 8, or 16 for big-endian pairs of bytes
  uint32_t file_bits;    // the bit depth in the file
  const char *stored_as; // "palette", "grey", "YCbCr" ...
  bool interlaced;       // or progressive
  const uint8_t *palette; // R, G, B of each entry where indices are kept, NULL without any
  uint32_t palette_count;
  const uint8_t *exif;   // a TIFF header and its directories, NULL without any
  uint32_t exif_size;
  const uint8_t *exif_text;  // the same as ImageMagick puts it into text: lines of hexadecimal digits
  uint32_t exif_text_size;
  const uint8_t *xmp;    // an XMP packet
  uint32_t xmp_size;
  const uint8_t *icc;    // an ICC profile, NULL without any
  uint32_t icc_size;
  bool has_coded_colour;      // a cICP chunk
  uint8_t coded_colour[4];    // its primaries, transfer, matrix (by ITU-T H.273) and full range
  bool has_srgb;              // an sRGB chunk, or a profile that is known to be sRGB's
  bool has_chromaticities;
  uint32_t gamma;             // times 100 000, 0 without any
  int32_t chromaticities[8];  // white, red, green, blue as x, y, times 100 000
} fovea_image_info;

typedef struct fovea_decoder fovea_decoder;

/// Reads the header and checks it against the limits. The source becomes the decoder's, also on failure.
/// NULL with `error` set when it is refused. Memory: a few tens of KB.
fovea_decoder *fovea_decoder_open(
    fovea_source *source, const fovea_limits *limits, fovea_image_info *info, fovea_codec_error *error);

/// Bytes of one row as fovea_decoder_read_row writes it.
size_t fovea_decoder_row_bytes(const fovea_decoder *decoder);

/// Decodes the next row, top to bottom as stored, into row_bytes bytes. At most `height` calls.
/// FOVEA_ROW_MISSING, and `row` is anything, where a cut file that was allowed lacks a part of it; others may follow.
fovea_code fovea_decoder_read_row(fovea_decoder *decoder, uint8_t *row, fovea_codec_error *error);

/// Reads to the end of the image, so that a file cut after its last row is seen to be cut: FOVEA_TRUNCATED, whose
/// detail tells what its rows lack that came whole, "" for nothing.
fovea_code fovea_decoder_finish(fovea_decoder *decoder, fovea_codec_error *error);

/// True when another PNG or JPEG begins right where the image ends; to be asked after fovea_decoder_finish.
/// The pictures that a JPEG's own index names (MPF: previews, gain maps, the other eye) belong to the image.
bool fovea_decoder_is_followed(fovea_decoder *decoder);

/// How many warnings there were, and the first one's text ("" without any).
uint32_t fovea_decoder_warnings(const fovea_decoder *decoder, const char **first);

/// Frees everything, at any point; NULL is nothing.
void fovea_decoder_close(fovea_decoder *decoder);
