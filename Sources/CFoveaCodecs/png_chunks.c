#include "png_chunks.h"

#include <stdio.h>
#include <string.h>

#define NAME(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

enum {
  signature_size = 8,
  largest_side = 1000000,   // past this a header is taken for damage, not for a large image
  largest_exif = 1 << 16,
};

typedef struct {
  uint32_t length;
  uint32_t name;
  char text[5];
} chunk_header;

static uint32_t big_endian(const uint8_t *bytes) { return NAME(bytes[0], bytes[1], bytes[2], bytes[3]); }

static bool is_letter(uint8_t byte) { return (byte | 32) >= 'a' && (byte | 32) <= 'z'; }

static bool is_ancillary(uint32_t name) { return (name >> 24 & 32) != 0; }

// The longest stream that this image's rows can deflate to, with room to spare.
static uint64_t data_bound(const fovea_png_chunks *chunks) {
  return ((uint64_t)chunks->width * 8 + 16) * chunks->height * 2 + 65536;
}

// The checksum of PNG (ISO 3309), bit by bit in nibbles; only for the small chunks read here.
static uint32_t checksum(uint32_t crc, const uint8_t *bytes, size_t count) {
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

static void read_exactly(fovea_decoder *decoder, uint8_t *into, size_t count) {
  if (fovea_source_read(decoder->source, into, count) < count) fovea_decoder_escape_early_end(decoder);
}

// Reads and checks one header. A length past the end is a lie when no file of this size, or no image of
// this size, could hold it, and else the sign of a cut file: where that is allowed, what is left of its
// image data stands in for the whole.
static chunk_header read_chunk_header(
    fovea_decoder *decoder, const fovea_png_chunks *chunks, uint8_t bytes[8]) {
  read_exactly(decoder, bytes, 8);
  chunk_header header = {.length = big_endian(bytes), .name = big_endian(bytes + 4)};
  for (int i = 0; i < 4; i++) {
    if (!is_letter(bytes[4 + i])) fovea_decoder_escape(decoder, FOVEA_DAMAGED, "invalid chunk type");
    header.text[i] = (char)bytes[4 + i];
  }
  uint64_t size = fovea_source_size(decoder->source);
  uint64_t left = size - fovea_source_position(decoder->source);
  if ((uint64_t)header.length + 4 <= left) return header;
  bool is_data = header.name == NAME('I', 'D', 'A', 'T');
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
  chunks->width = big_endian(payload);
  chunks->height = big_endian(payload + 4);
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
  chunk_header header = read_chunk_header(decoder, chunks, bytes);
  if (header.name == NAME('C', 'g', 'B', 'I')) {
    fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, "Apple CgBI PNG");
  }
  if (header.name != NAME('I', 'H', 'D', 'R')) invalid(decoder, "IHDR is missing");
  if (header.length != 13) invalid(decoder, "IHDR is not 13 bytes");
  read_exactly(decoder, bytes + 8, 13 + 4);
  if (checksum(0, bytes + 4, 4 + 13) != big_endian(bytes + 8 + 13)) {
    fovea_decoder_escape(decoder, FOVEA_CHECKSUM, "IHDR");
  }
  check_header(decoder, bytes + 8, chunks);
  fovea_code code = fovea_decoder_check_size(decoder, chunks->width, chunks->height);
  if (code != FOVEA_OK) longjmp(decoder->escape, 1);
}

// The payload of a small chunk of use, or NULL with a warning when its checksum is wrong.
static uint8_t *read_payload(fovea_decoder *decoder, const uint8_t header_bytes[8], uint32_t length) {
  uint8_t *payload = fovea_allocate(&decoder->memory, (size_t)length + 4);
  if (payload == NULL) {
    fovea_decoder_escape(decoder, decoder->memory.over_limit ? FOVEA_OVER_MEMORY : FOVEA_OUT_OF_MEMORY, "");
  }
  size_t got = fovea_source_read(decoder->source, payload, (size_t)length + 4);
  uint32_t crc = checksum(checksum(0, header_bytes + 4, 4), payload, length);
  if (got == (size_t)length + 4 && crc == big_endian(payload + length)) return payload;
  fovea_release(&decoder->memory, payload);
  if (got < (size_t)length + 4) fovea_decoder_escape_early_end(decoder);
  char text[] = "checksum error in ....: ignored";
  memcpy(text + 18, header_bytes + 4, 4);
  fovea_decoder_warn(decoder, text);
  return NULL;
}

// The first EXIF block counts, wherever it stands.
static void keep_exif(
    fovea_decoder *decoder, fovea_png_chunks *chunks, chunk_header header, const uint8_t bytes[8]) {
  if (header.name != NAME('e', 'X', 'I', 'f') || chunks->exif != NULL || header.length > largest_exif) return;
  chunks->exif = read_payload(decoder, bytes, header.length);
  if (chunks->exif == NULL) return;
  decoder->info->exif = chunks->exif;
  decoder->info->exif_size = header.length;
}

static bool is_known(uint32_t name) {
  return is_ancillary(name) || name == NAME('I', 'H', 'D', 'R') || name == NAME('P', 'L', 'T', 'E')
      || name == NAME('I', 'D', 'A', 'T') || name == NAME('I', 'E', 'N', 'D');
}

void fovea_png_scan(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  bool has_data = false, data_ended = false;
  for (;;) {
    uint8_t bytes[8];
    chunk_header header = read_chunk_header(decoder, chunks, bytes);
    uint64_t next = fovea_source_position(decoder->source) + header.length + 4;
    if (!is_known(header.name)) {
      char text[] = "unknown critical chunk ....";
      memcpy(text + 23, header.text, 4);
      fovea_decoder_escape(decoder, FOVEA_DAMAGED, text);
    }
    bool is_data = header.name == NAME('I', 'D', 'A', 'T');
    if (is_data && data_ended) fovea_decoder_escape(decoder, FOVEA_DAMAGED, "image data is interrupted");
    has_data |= is_data;
    data_ended = has_data && !is_data;
    if (header.name == NAME('I', 'E', 'N', 'D')) break;
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

// Besides the critical chunks libpng gets those that describe transparency and colours, where they may
// stand and of bounded size; text and whatever else there may be is stepped over.
static bool passes(chunk_header header, bool data_begun) {
  switch (header.name) {
    case NAME('t', 'R', 'N', 'S'): case NAME('g', 'A', 'M', 'A'): case NAME('s', 'R', 'G', 'B'):
    case NAME('c', 'H', 'R', 'M'): case NAME('i', 'C', 'C', 'P'):
      return !data_begun && header.length <= FOVEA_PNG_LARGEST_PROFILE;
    default: return !is_ancillary(header.name);
  }
}

static void begin_chunk(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  for (;;) {
    chunks->start = fovea_source_position(decoder->source);
    chunk_header header = read_chunk_header(decoder, chunks, chunks->header);
    if (passes(header, chunks->data_begun)) {
      chunks->data_begun |= header.name == NAME('I', 'D', 'A', 'T');
      chunks->header_left = 8;
      chunks->payload_left = (uint64_t)header.length + 4;
      return;
    }
    fovea_source_seek(decoder->source, fovea_source_position(decoder->source) + header.length + 4);
  }
}

void fovea_png_read(fovea_decoder *decoder, fovea_png_chunks *chunks, uint8_t *into, size_t count) {
  while (count > 0) {
    if (chunks->header_left == 0 && chunks->payload_left == 0) begin_chunk(decoder, chunks);
    uint64_t here = chunks->header_left > 0 ? chunks->header_left : chunks->payload_left;
    size_t taken = count < here ? count : (size_t)here;
    if (chunks->header_left > 0) {
      memcpy(into, chunks->header + 8 - chunks->header_left, taken);
      chunks->header_left -= (uint32_t)taken;
    } else {
      read_exactly(decoder, into, taken);
      chunks->payload_left -= taken;
    }
    into += taken;
    count -= taken;
  }
}

// One chunk's checksum, from its name on, against the one that it states.
static void check_payload(fovea_decoder *decoder, const uint8_t bytes[8], chunk_header header) {
  uint8_t block[4096];
  uint32_t crc = checksum(0, bytes + 4, 4);
  for (uint32_t left = header.length; left > 0;) {
    uint32_t taken = left < sizeof block ? left : (uint32_t)sizeof block;
    read_exactly(decoder, block, taken);
    crc = checksum(crc, block, taken);
    left -= taken;
  }
  read_exactly(decoder, block, 4);
  if (crc != big_endian(block)) fovea_decoder_escape(decoder, FOVEA_CHECKSUM, header.text);
}

void fovea_png_check_rest(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  fovea_source_seek(decoder->source, chunks->start);
  for (;;) {
    uint8_t bytes[8];
    chunk_header header = read_chunk_header(decoder, chunks, bytes);
    uint64_t next = fovea_source_position(decoder->source) + header.length + 4;
    if (!is_ancillary(header.name)) check_payload(decoder, bytes, header);
    if (header.name == NAME('I', 'E', 'N', 'D')) return;
    fovea_source_seek(decoder->source, next);
  }
}
