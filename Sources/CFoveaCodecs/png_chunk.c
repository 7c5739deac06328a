#include "png_chunk.h"

static bool is_letter(uint8_t byte) { return (byte | 32) >= 'a' && (byte | 32) <= 'z'; }

// The longest stream that this image's rows can deflate to, with room to spare.
static uint64_t data_bound(const fovea_png_chunks *chunks) {
  return ((uint64_t)chunks->width * 8 + 16) * chunks->height * 2 + 65536;
}

// In nibbles, which is fast enough for the few bytes that libpng does not check.
uint32_t fovea_png_checksum(uint32_t crc, const uint8_t *bytes, size_t count) {
  static const uint32_t nibbles[16] = {
      0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
      0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
  crc = ~crc;
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    crc = crc >> 4 ^ nibbles[crc & 15];
    crc = crc >> 4 ^ nibbles[crc & 15];
  }
  return ~crc;
}

void fovea_png_read_exactly(fovea_decoder *decoder, uint8_t *into, size_t count) {
  if (fovea_source_read(decoder->source, into, count) < count) fovea_decoder_escape_early_end(decoder);
}

// Reads and checks one header. A length past the end is a lie when no file of this size, or no image of
// this size, could hold it, and else the sign of a cut file: where that is allowed, what is left of its
// image data stands in for the whole.
fovea_png_chunk fovea_png_begin(fovea_decoder *decoder, const fovea_png_chunks *chunks, uint8_t bytes[8]) {
  fovea_png_read_exactly(decoder, bytes, 8);
  fovea_png_chunk header = {.length = fovea_png_number(bytes), .name = fovea_png_number(bytes + 4)};
  for (int i = 0; i < 4; i++) {
    if (!is_letter(bytes[4 + i])) fovea_decoder_escape(decoder, FOVEA_DAMAGED, "invalid chunk type");
    header.text[i] = (char)bytes[4 + i];
  }
  uint64_t size = fovea_source_size(decoder->source);
  uint64_t left = size - fovea_source_position(decoder->source);
  if ((uint64_t)header.length + 4 <= left) return header;
  bool is_data = header.name == FOVEA_PNG_NAME('I', 'D', 'A', 'T');
  uint64_t largest = is_data ? data_bound(chunks) : size;
  if (header.length > largest || header.length > INT32_MAX) {
    decoder->error.value = header.length;
    decoder->error.limit = (int64_t)left;
    fovea_decoder_escape(decoder, FOVEA_CHUNK_LARGER_THAN_FILE, header.text);
  }
  if (!is_data || !decoder->limits.allow_truncated) fovea_decoder_escape_early_end(decoder);
  header.length = (uint32_t)left;
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(left >> (24 - 8 * i));
  return header;
}
