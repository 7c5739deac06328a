#include "png_chunk.h"

#include <string.h>

#include "png_metadata.h"

enum { signature_size = 8 };

static bool is_known(uint32_t name) {
  return fovea_png_is_ancillary(name) || name == FOVEA_PNG_NAME('I', 'H', 'D', 'R')
      || name == FOVEA_PNG_NAME('P', 'L', 'T', 'E') || name == FOVEA_PNG_NAME('I', 'D', 'A', 'T')
      || name == FOVEA_PNG_NAME('I', 'E', 'N', 'D');
}

static void describe(const fovea_png_metadata *kept, fovea_image_info *info) {
  info->exif = kept->exif.start;
  info->exif_size = kept->exif.size;
  info->exif_text = kept->exif_text.start;
  info->exif_text_size = kept->exif_text.size;
  info->xmp = kept->xmp.start;
  info->xmp_size = kept->xmp.size;
  info->has_coded_colour = kept->coded_colour.start != NULL;
  if (info->has_coded_colour) memcpy(info->coded_colour, kept->coded_colour.start, 4);
}

void fovea_png_scan(fovea_decoder *decoder, fovea_png_chunks *chunks) {
  bool has_data = false, data_ended = false, may_be_cut = decoder->limits.allow_truncated;
  while (!may_be_cut || !fovea_png_is_cut_here(decoder, chunks, has_data, data_ended)) {
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
    if (header.name == FOVEA_PNG_NAME('I', 'E', 'N', 'D')) {
      decoder->end = next;
      break;
    }
    fovea_png_keep_metadata(decoder, &chunks->metadata, header, bytes);
    fovea_source_seek(decoder->source, next);
  }
  if (!has_data && !chunks->cut.is_cut) fovea_decoder_escape(decoder, FOVEA_IMAGE_DATA_MISSING, "");
  describe(&chunks->metadata, decoder->info);
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
