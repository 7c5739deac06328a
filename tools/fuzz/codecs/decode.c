#include "decode.h"

#include <stdlib.h>

static fovea_code decode_rows(fovea_decoder *decoder, uint32_t height, uint8_t *row) {
  static volatile uint32_t sum;
  fovea_codec_error error;
  size_t row_bytes = fovea_decoder_row_bytes(decoder);
  for (uint32_t y = 0; y < height; y++) {
    fovea_code code = fovea_decoder_read_row(decoder, row, &error);
    if (code == FOVEA_ROW_MISSING) continue;
    if (code != FOVEA_OK) return code;
    for (size_t i = 0; i < row_bytes; i += 61) sum += row[i];
  }
  fovea_code code = fovea_decoder_finish(decoder, &error);
  if (code == FOVEA_OK) sum += fovea_decoder_is_followed(decoder);
  return code;
}

static fovea_code decode(fovea_source *source, const fovea_limits *limits, fovea_codec_error *error) {
  if (source == NULL) return error->code;
  fovea_image_info info;
  fovea_decoder *decoder = fovea_decoder_open(source, limits, &info, error);
  if (decoder == NULL) return error->code;
  uint8_t *row = malloc(fovea_decoder_row_bytes(decoder));
  fovea_code code = row == NULL ? FOVEA_OUT_OF_MEMORY : decode_rows(decoder, info.height, row);
  free(row);
  fovea_decoder_close(decoder);
  return code;
}

const fovea_limits default_limits = {.max_pixels = 100000000, .max_side = 65500, .max_scans = 100,
    .max_warnings = 100, .max_memory = 256000000};

fovea_limits small_limits(bool allow_truncated) {
  return (fovea_limits){.max_pixels = 1 << 20, .max_side = 65500, .max_scans = 20, .max_warnings = 100,
      .max_memory = 16 << 20, .allow_truncated = allow_truncated};
}

fovea_code decode_bytes(const uint8_t *bytes, size_t size, fovea_limits limits) {
  fovea_codec_error error = {0};
  return decode(fovea_source_copy(bytes, size, 1 << 24, &error), &limits, &error);
}

fovea_code decode_file(const char *path) {
  fovea_codec_error error = {0};
  return decode(fovea_source_open(path, 256000000, &error), &default_limits, &error);
}
