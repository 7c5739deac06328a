#include "png_metadata.h"

#include <string.h>

// Larger ones are stepped over; Pillow refuses text that inflates to more.
enum { largest_metadata = 1 << 20, longest_keyword = 79 };

// The payload of a small chunk of use, or NULL with a warning when its checksum is wrong.
static uint8_t *read_payload(fovea_decoder *decoder, const uint8_t header_bytes[8], uint32_t length) {
  uint8_t *payload = fovea_decoder_allocate(decoder, (size_t)length + 4);
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

static void keep(
    fovea_decoder *decoder, fovea_png_block *slot, uint8_t *memory, const uint8_t *start, uint32_t size) {
  fovea_release(&decoder->memory, slot->memory);
  *slot = (fovea_png_block){.memory = memory, .start = start, .size = size};
}

static void *allocate(void *memory, unsigned items, unsigned size) {
  return fovea_allocate(memory, (size_t)items * size);
}

static void release(void *memory, void *pointer) { fovea_release(memory, pointer); }

// Inflates a text into `out`, or nowhere for NULL, and counts its bytes; false when it is damaged or too long.
// One that ends early counts, as Pillow has it.
static bool inflate_text(
    fovea_decoder *decoder, z_stream *stream, const uint8_t *bytes, uint32_t count, uint8_t *out, uint32_t *size) {
  uint8_t scratch[8192];
  stream->next_in = (uint8_t *)bytes;
  stream->avail_in = count;
  *size = 0;
  int code;
  do {
    stream->next_out = out == NULL ? scratch : out + *size;
    stream->avail_out = sizeof scratch;
    code = inflate(stream, Z_NO_FLUSH);
    if (code == Z_MEM_ERROR) fovea_decoder_escape_memory(decoder);
    *size += (uint32_t)sizeof scratch - stream->avail_out;
  } while (code == Z_OK && stream->avail_out == 0 && *size <= largest_metadata);
  return (code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END) && *size <= largest_metadata;
}

// Keeps the text of a compressed chunk, or warns when that is not possible.
static void keep_inflated(
    fovea_decoder *decoder, fovea_png_metadata *kept, fovea_png_block *slot, const uint8_t *bytes, uint32_t count) {
  z_stream *stream = &kept->stream;
  uint32_t size;
  *stream = (z_stream){.zalloc = allocate, .zfree = release, .opaque = &decoder->memory};
  if (inflateInit(stream) != Z_OK) fovea_decoder_escape_memory(decoder);
  kept->is_inflating = true;
  if (inflate_text(decoder, stream, bytes, count, NULL, &size)) {
    uint8_t *text = fovea_decoder_allocate(decoder, (size_t)size + 8192);
    keep(decoder, slot, text, text, size);
    inflateReset(stream);
    inflate_text(decoder, stream, bytes, count, text, &size);
  } else {
    fovea_decoder_warn(decoder, "compressed text is damaged or too long: ignored");
  }
  inflateEnd(stream);
  kept->is_inflating = false;
}

static fovea_png_block *slot_of(fovea_png_metadata *kept, const uint8_t *keyword, bool is_plain) {
  const char *name = (const char *)keyword;
  if (strcmp(name, "Raw profile type exif") == 0) return &kept->exif_text;
  if (strcmp(name, "XML:com.adobe.xmp") == 0) return &kept->xmp;
  return is_plain && strcmp(name, "exif") == 0 ? &kept->exif : NULL;
}

// Where the text of a payload begins behind its keyword, and whether it is compressed; false when it is no text.
static bool find_text(uint32_t chunk, const uint8_t *payload, uint32_t size, uint32_t *start, bool *is_packed) {
  uint32_t at = *start;
  *is_packed = chunk == FOVEA_PNG_NAME('z', 'T', 'X', 't');
  if (*is_packed) {
    *start = at + 1;
    return at < size && payload[at] == 0;
  }
  if (chunk == FOVEA_PNG_NAME('t', 'E', 'X', 't')) return true;
  if (at + 2 > size) return false;
  *is_packed = payload[at] != 0;
  if (*is_packed && payload[at + 1] != 0) return false;
  at += 2;
  for (int field = 0; field < 2; field++) {  // the language, and the keyword in it
    const uint8_t *end = memchr(payload + at, 0, size - at);
    if (end == NULL) return false;
    at = (uint32_t)(end - payload) + 1;
  }
  *start = at;
  return true;
}

static void keep_text(
    fovea_decoder *decoder, fovea_png_metadata *kept, fovea_png_chunk header, const uint8_t bytes[8]) {
  uint8_t keyword[longest_keyword + 1];
  uint64_t position = fovea_source_position(decoder->source);
  size_t first = header.length < sizeof keyword ? header.length : sizeof keyword;
  if (fovea_source_read(decoder->source, keyword, first) < first) fovea_decoder_escape_early_end(decoder);
  const uint8_t *end = memchr(keyword, 0, first);
  if (end == NULL) return;
  fovea_png_block *slot = slot_of(kept, keyword, header.name == FOVEA_PNG_NAME('t', 'E', 'X', 't'));
  if (slot == NULL) return;
  fovea_source_seek(decoder->source, position);
  uint8_t *payload = read_payload(decoder, bytes, header.length);
  if (payload == NULL) return;
  keep(decoder, &kept->payload, payload, payload, header.length);
  uint32_t start = (uint32_t)(end - keyword) + 1;
  bool is_packed;
  if (!find_text(header.name, payload, header.length, &start, &is_packed)) return;
  if (is_packed) {
    keep_inflated(decoder, kept, slot, payload + start, header.length - start);
    keep(decoder, &kept->payload, NULL, NULL, 0);
  } else {
    kept->payload.memory = NULL;
    keep(decoder, slot, payload, payload + start, header.length - start);
  }
}

void fovea_png_keep_metadata(
    fovea_decoder *decoder, fovea_png_metadata *kept, fovea_png_chunk header, const uint8_t bytes[8]) {
  if (header.length > largest_metadata) return;
  switch (header.name) {
    case FOVEA_PNG_NAME('t', 'E', 'X', 't'):
    case FOVEA_PNG_NAME('z', 'T', 'X', 't'):
    case FOVEA_PNG_NAME('i', 'T', 'X', 't'): keep_text(decoder, kept, header, bytes); return;
    case FOVEA_PNG_NAME('e', 'X', 'I', 'f'): break;
    case FOVEA_PNG_NAME('c', 'I', 'C', 'P'):
      if (header.length == 4) break;
      return;
    default: return;
  }
  uint8_t *payload = read_payload(decoder, bytes, header.length);
  if (payload == NULL) return;
  bool is_exif = header.name == FOVEA_PNG_NAME('e', 'X', 'I', 'f');
  keep(decoder, is_exif ? &kept->exif : &kept->coded_colour, payload, payload, header.length);
}

void fovea_png_release_metadata(fovea_decoder *decoder, fovea_png_metadata *kept) {
  if (kept->is_inflating) inflateEnd(&kept->stream);
  fovea_png_block *slots[] = {&kept->exif, &kept->exif_text, &kept->xmp, &kept->coded_colour, &kept->payload};
  for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) keep(decoder, slots[i], NULL, NULL, 0);
}
