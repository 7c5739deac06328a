#include "png_chunk.h"

#include <string.h>

static bool is_letter(uint8_t byte) { return (byte | 32) >= 'a' && (byte | 32) <= 'z'; }

static bool is_name(const uint8_t name[4]) {
  for (int i = 0; i < 4; i++) {
    if (!is_letter(name[i])) return false;
  }
  return true;
}

// The longest stream that this image's rows can deflate to, with room to spare.
static uint64_t data_bound(const fovea_png_chunks *chunks) {
  return ((uint64_t)chunks->width * 8 + 16) * chunks->height * 2 + 65536;
}

uint32_t fovea_png_checksum(uint32_t crc, const uint8_t *bytes, size_t count) {
  return (uint32_t)crc32_z(crc, bytes, count);
}

void fovea_png_read_exactly(fovea_decoder *decoder, uint8_t *into, size_t count) {
  if (fovea_source_read(decoder->source, into, count) < count) fovea_decoder_escape_early_end(decoder);
}

// A length past the end is a lie when no file of this size, or no image of this size, could hold it, and else the
// sign of a cut file.
fovea_png_chunk fovea_png_begin(fovea_decoder *decoder, const fovea_png_chunks *chunks, uint8_t bytes[8]) {
  fovea_png_read_exactly(decoder, bytes, 8);
  fovea_png_chunk header = {.length = fovea_png_number(bytes), .name = fovea_png_number(bytes + 4)};
  if (!is_name(bytes + 4)) fovea_decoder_escape(decoder, FOVEA_DAMAGED, "invalid chunk type");
  memcpy(header.text, bytes + 4, 4);
  uint64_t size = fovea_source_size(decoder->source);
  uint64_t left = size - fovea_source_position(decoder->source);
  if ((uint64_t)header.length + 4 <= left) return header;
  bool is_data = header.name == FOVEA_PNG_NAME('I', 'D', 'A', 'T');
  uint64_t largest = is_data ? data_bound(chunks) : size;
  if (header.length <= largest && header.length <= INT32_MAX) fovea_decoder_escape_early_end(decoder);
  decoder->error.value = header.length;
  decoder->error.limit = (int64_t)left;
  fovea_decoder_escape(decoder, FOVEA_CHUNK_LARGER_THAN_FILE, header.text);
}

bool fovea_png_is_cut_here(
    fovea_decoder *decoder, fovea_png_chunks *chunks, bool has_data, bool data_ended) {
  uint8_t bytes[8];
  uint64_t position = fovea_source_position(decoder->source);
  size_t got = fovea_source_read(decoder->source, bytes, sizeof bytes);
  uint64_t left = fovea_source_size(decoder->source) - fovea_source_position(decoder->source);
  fovea_source_seek(decoder->source, position);
  if (fovea_source_failed(decoder->source)) fovea_decoder_escape_early_end(decoder);
  uint32_t length = 0;
  bool is_data = false;
  if (got == sizeof bytes) {
    length = fovea_png_number(bytes);
    if (!is_name(bytes + 4) || (uint64_t)length + 4 <= left) return false;
    is_data = fovea_png_number(bytes + 4) == FOVEA_PNG_NAME('I', 'D', 'A', 'T');
    if (is_data && (data_ended || length > data_bound(chunks))) return false;
  }
  if (!has_data && !is_data) return false;
  chunks->cut.is_cut = true;
  chunks->cut.start = position;
  chunks->cut.data_length = !is_data ? 0 : left < length ? (uint32_t)left : length;
  return true;
}
