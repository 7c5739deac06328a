#include "png_chunk.h"

#include <string.h>

enum { signature_size = 8, largest_exif = 1 << 16 };

// The payload of a small chunk of use, or NULL with a warning when its checksum is wrong.
static uint8_t *read_payload(fovea_decoder *decoder, const uint8_t header_bytes[8], uint32_t length) {
  uint8_t *payload = fovea_allocate(&decoder->memory, (size_t)length + 4);
  if (payload == NULL) {
    fovea_decoder_escape(decoder, decoder->memory.over_limit ? FOVEA_OVER_MEMORY : FOVEA_OUT_OF_MEMORY, "");
  }
  size_t got = fovea_source_read(decoder->source, payload, (size_t)length + 4);
  uint32_t crc = fovea_png_checksum(fovea_png_checksum(0, header_bytes + 4, 4), payload, length);
  if (got == (size_t)length + 4 && crc == fovea_png_number(payload + length)) return payload;
  fovea_release(&decoder->memory, payload);
  if (got < (size_t)length + 4) fovea_decoder_escape_early_end(decoder);
  char text[] = "checksum error in ....: ignored";
  memcpy(text + 18, header_bytes + 4, 4);
  fovea_decoder_warn(decoder, text);
  return NULL;
}

// The first EXIF block counts, wherever it stands.
static void keep_exif(
    fovea_decoder *decoder, fovea_png_chunks *chunks, fovea_png_chunk header, const uint8_t bytes[8]) {
  bool is_exif = header.name == FOVEA_PNG_NAME('e', 'X', 'I', 'f');
  if (!is_exif || chunks->exif != NULL || header.length > largest_exif) return;
  chunks->exif = read_payload(decoder, bytes, header.length);
  if (chunks->exif == NULL) return;
  decoder->info->exif = chunks->exif;
  decoder->info->exif_size = header.length;
}

static bool is_known(uint32_t name) {
  return fovea_png_is_ancillary(name) || name == FOVEA_PNG_NAME('I', 'H', 'D', 'R')
      || name == FOVEA_PNG_NAME('P', 'L', 'T', 'E') || name == FOVEA_PNG_NAME('I', 'D', 'A', 'T')
      || name == FOVEA_PNG_NAME('I', 'E', 'N', 'D');
}

void fovea_png_scan(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  bool has_data = false, data_ended = false;
  for (;;) {
    uint8_t bytes[8];
    fovea_png_chunk header = fovea_png_begin(decoder, chunks, bytes);
    uint64_t next = fovea_source_position(decoder->source) + header.length + 4;
    if (!is_known(header.name)) {
      char text[] = "unknown critical chunk ....";
      memcpy(text + 23, header.text, 4);
      fovea_decoder_escape(decoder, FOVEA_DAMAGED, text);
    }
    bool is_data = header.name == FOVEA_PNG_NAME('I', 'D', 'A', 'T');
    if (is_data && data_ended) fovea_decoder_escape(decoder, FOVEA_DAMAGED, "image data is interrupted");
    has_data |= is_data;
    data_ended = has_data && !is_data;
    if (header.name == FOVEA_PNG_NAME('I', 'E', 'N', 'D')) break;
    keep_exif(decoder, chunks, header, bytes);
    if (next + 8 > fovea_source_size(decoder->source)) {
      if (!has_data || !decoder->limits.allow_truncated) fovea_decoder_escape_early_end(decoder);
      break;
    }
    fovea_source_seek(decoder->source, next);
  }
  if (!has_data) fovea_decoder_escape(decoder, FOVEA_IMAGE_DATA_MISSING, "");
  fovea_source_seek(decoder->source, signature_size);
}

// One chunk's checksum, from its name on, against the one that it states.
static void check_payload(fovea_decoder *decoder, const uint8_t bytes[8], fovea_png_chunk header) {
  uint8_t block[4096];
  uint32_t crc = fovea_png_checksum(0, bytes + 4, 4);
  for (uint32_t left = header.length; left > 0;) {
    uint32_t taken = left < sizeof block ? left : (uint32_t)sizeof block;
    fovea_png_read_exactly(decoder, block, taken);
    crc = fovea_png_checksum(crc, block, taken);
    left -= taken;
  }
  fovea_png_read_exactly(decoder, block, 4);
  if (crc != fovea_png_number(block)) fovea_decoder_escape(decoder, FOVEA_CHECKSUM, header.text);
}

void fovea_png_check_rest(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  fovea_source_seek(decoder->source, chunks->start);
  for (;;) {
    uint8_t bytes[8];
    fovea_png_chunk header = fovea_png_begin(decoder, chunks, bytes);
    uint64_t next = fovea_source_position(decoder->source) + header.length + 4;
    if (!fovea_png_is_ancillary(header.name)) check_payload(decoder, bytes, header);
    if (header.name == FOVEA_PNG_NAME('I', 'E', 'N', 'D')) return;
    fovea_source_seek(decoder->source, next);
  }
}
