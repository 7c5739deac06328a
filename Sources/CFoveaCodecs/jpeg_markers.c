#include "jpeg_markers.h"

#include <string.h>

enum { largest_profile = 4 << 20, exif_prefix = 6, icc_prefix = 14 };

static uint8_t next_byte(j_decompress_ptr cinfo) {
  struct jpeg_source_mgr *source = cinfo->src;
  if (source->bytes_in_buffer == 0) source->fill_input_buffer(cinfo);
  source->bytes_in_buffer -= 1;
  return *source->next_input_byte++;
}

static void copy_bytes(j_decompress_ptr cinfo, uint8_t *into, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) into[i] = next_byte(cinfo);
}

// The marker's length without its own two bytes; libjpeg itself lets a shorter one pass as empty.
static uint32_t payload_length(j_decompress_ptr cinfo) {
  uint32_t high = next_byte(cinfo);
  uint32_t length = high << 8 | next_byte(cinfo);
  return length < 2 ? 0 : length - 2;
}

static uint8_t *allocate(fovea_decoder *decoder, size_t size) {
  uint8_t *bytes = fovea_allocate(&decoder->memory, size);
  if (bytes != NULL) return bytes;
  fovea_decoder_escape(decoder, decoder->memory.over_limit ? FOVEA_OVER_MEMORY : FOVEA_OUT_OF_MEMORY, "");
}

void fovea_jpeg_read_app1(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers) {
  uint32_t left = payload_length(cinfo);
  if (left > exif_prefix && markers->exif == NULL) {
    uint8_t prefix[exif_prefix];
    copy_bytes(cinfo, prefix, exif_prefix);
    left -= exif_prefix;
    if (memcmp(prefix, "Exif\0", 5) == 0) {
      markers->exif = allocate(decoder, left);
      copy_bytes(cinfo, markers->exif, left);
      markers->exif_size = left;
      left = 0;
    }
  }
  cinfo->src->skip_input_data(cinfo, (long)left);
}

// Two pieces of one number, or more bytes than a profile has, spoil the profile, not the picture.
static bool piece_fits(const fovea_jpeg_markers *markers, uint32_t number, uint32_t count, uint32_t size) {
  return number >= 1 && number <= count && (markers->piece_count == 0 || markers->piece_count == count)
      && markers->pieces[number] == NULL && markers->profile_size + size <= largest_profile;
}

void fovea_jpeg_read_app2(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers) {
  uint32_t left = payload_length(cinfo);
  if (left > icc_prefix && markers->profile == NULL) {
    uint8_t prefix[icc_prefix];
    copy_bytes(cinfo, prefix, icc_prefix);
    left -= icc_prefix;
    uint32_t number = prefix[12], count = prefix[13];
    if (memcmp(prefix, "ICC_PROFILE", 12) == 0) {
      if (piece_fits(markers, number, count, left)) {
        markers->piece_count = count;
        markers->pieces[number] = allocate(decoder, left);
        markers->piece_sizes[number] = left;
        markers->profile_size += left;
        copy_bytes(cinfo, markers->pieces[number], left);
        left = 0;
      } else {
        markers->profile_damaged = true;
      }
    }
  }
  cinfo->src->skip_input_data(cinfo, (long)left);
}

void fovea_jpeg_join_profile(fovea_decoder *decoder, fovea_jpeg_markers *markers) {
  decoder->info->exif = markers->exif;
  decoder->info->exif_size = markers->exif_size;
  if (markers->piece_count == 0) return;
  for (uint32_t i = 1; i <= markers->piece_count; i++) markers->profile_damaged |= markers->pieces[i] == NULL;
  if (markers->profile_damaged) {
    fovea_decoder_warn(decoder, "colour profile is damaged: ignored");
    return;
  }
  markers->profile = allocate(decoder, markers->profile_size);
  uint8_t *end = markers->profile;
  for (uint32_t i = 1; i <= markers->piece_count; i++) {
    memcpy(end, markers->pieces[i], markers->piece_sizes[i]);
    end += markers->piece_sizes[i];
  }
  decoder->info->icc = markers->profile;
  decoder->info->icc_size = markers->profile_size;
}

void fovea_jpeg_release_markers(fovea_decoder *decoder, fovea_jpeg_markers *markers) {
  fovea_release(&decoder->memory, markers->exif);
  fovea_release(&decoder->memory, markers->profile);
  for (int i = 0; i < 256; i++) fovea_release(&decoder->memory, markers->pieces[i]);
}
