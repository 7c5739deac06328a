#include "png_chunk.h"

#include <string.h>

// Besides the critical chunks libpng gets those that describe transparency and colours, where they may
// stand and of bounded size; text and whatever else there may be is stepped over.
static bool passes(fovea_png_chunk header, bool data_begun) {
  switch (header.name) {
    case FOVEA_PNG_NAME('t', 'R', 'N', 'S'):
    case FOVEA_PNG_NAME('g', 'A', 'M', 'A'):
    case FOVEA_PNG_NAME('s', 'R', 'G', 'B'):
    case FOVEA_PNG_NAME('c', 'H', 'R', 'M'):
    case FOVEA_PNG_NAME('i', 'C', 'C', 'P'):
      return !data_begun && header.length <= FOVEA_PNG_LARGEST_PROFILE;
    default: return !fovea_png_is_ancillary(header.name);
  }
}

// What is there of a chunk of image data, without a checksum.
static void begin_cut_chunk(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  uint32_t length = chunks->cut.data_length;
  if (chunks->start > chunks->cut.start || length == 0) fovea_decoder_escape_early_end(decoder);
  fovea_png_read_exactly(decoder, chunks->header, sizeof chunks->header);
  for (int i = 0; i < 4; i++) chunks->header[i] = (uint8_t)(length >> (24 - 8 * i));
  chunks->data_begun = true;
  chunks->header_left = 8;
  chunks->payload_left = length;
}

static void begin_chunk(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  for (;;) {
    chunks->start = fovea_source_position(decoder->source);
    if (chunks->cut.is_cut && chunks->start >= chunks->cut.start) return begin_cut_chunk(decoder, chunks);
    fovea_png_chunk header = fovea_png_begin(decoder, chunks, chunks->header);
    if (passes(header, chunks->data_begun)) {
      chunks->data_begun |= header.name == FOVEA_PNG_NAME('I', 'D', 'A', 'T');
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
      fovea_png_read_exactly(decoder, into, taken);
      chunks->payload_left -= taken;
    }
    into += taken;
    count -= taken;
  }
}
