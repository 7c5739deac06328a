#include "png_chunk.h"

#include <stdio.h>

enum {
  signature_size = 8,
  largest_side = 1000000,  // past this a header is taken for damage, not for a large image
};

static bool depth_fits(uint8_t depth, uint8_t color_type) {
  switch (color_type) {
    case 0: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2: case 4: case 6: return depth == 8 || depth == 16;
    default: return false;
  }
}

static void invalid(fovea_decoder *decoder, const char *detail) {
  fovea_decoder_escape(decoder, FOVEA_INVALID_HEADER, detail);
}

static void check_header(fovea_decoder *decoder, const uint8_t payload[13], fovea_png_chunks *chunks) {
  chunks->width = fovea_png_number(payload);
  chunks->height = fovea_png_number(payload + 4);
  chunks->bit_depth = payload[8];
  chunks->color_type = payload[9];
  chunks->interlace = payload[12];
  char detail[80];
  if (chunks->width == 0) invalid(decoder, "width is 0");
  if (chunks->height == 0) invalid(decoder, "height is 0");
  if (!depth_fits(chunks->bit_depth, chunks->color_type)) {
    snprintf(detail, sizeof detail, "bit depth %d with colour type %d", payload[8], payload[9]);
    invalid(decoder, detail);
  }
  if (payload[10] != 0 || payload[11] != 0 || chunks->interlace > 1) {
    const char *format = "compression %d, filter %d, interlace %d";
    snprintf(detail, sizeof detail, format, payload[10], payload[11], payload[12]);
    invalid(decoder, detail);
  }
  uint32_t side = chunks->width > chunks->height ? chunks->width : chunks->height;
  if (side > largest_side && side > decoder->limits.max_side) {
    snprintf(detail, sizeof detail, "a side of %u pixels", side);
    invalid(decoder, detail);
  }
}

void fovea_png_read_header(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  fovea_source_seek(decoder->source, signature_size);
  uint8_t bytes[8 + 13 + 4];
  fovea_png_chunk header = fovea_png_begin(decoder, chunks, bytes);
  if (header.name == FOVEA_PNG_NAME('C', 'g', 'B', 'I')) {
    fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, "Apple CgBI PNG");
  }
  if (header.name != FOVEA_PNG_NAME('I', 'H', 'D', 'R')) invalid(decoder, "IHDR is missing");
  if (header.length != 13) invalid(decoder, "IHDR is not 13 bytes");
  fovea_png_read_exactly(decoder, bytes + 8, 13 + 4);
  if (fovea_png_checksum(0, bytes + 4, 4 + 13) != fovea_png_number(bytes + 8 + 13)) {
    fovea_decoder_escape(decoder, FOVEA_CHECKSUM, "IHDR");
  }
  check_header(decoder, bytes + 8, chunks);
  fovea_code code = fovea_decoder_check_size(decoder, chunks->width, chunks->height);
  if (code != FOVEA_OK) longjmp(decoder->escape, 1);
}
