#include "jpeg_markers.h"

#include <string.h>

enum { largest_profile = 4 << 20, largest_exif = 1 << 20, exif_prefix = 6, icc_prefix = 14 };

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

// Pillow joins the EXIF blocks of several markers.
static void append_exif(
    j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers, uint32_t count) {
  uint32_t size = markers->exif_size + count;
  if (size > markers->exif_capacity) {
    uint32_t capacity = size > 2 * markers->exif_capacity ? size : 2 * markers->exif_capacity;
    uint8_t *joined = fovea_decoder_allocate(decoder, capacity);
    if (markers->exif_size > 0) memcpy(joined, markers->exif, markers->exif_size);
    fovea_release(&decoder->memory, markers->exif);
    markers->exif = joined;
    markers->exif_capacity = capacity;
  }
  copy_bytes(cinfo, markers->exif + markers->exif_size, count);
  markers->exif_size = size;
}

static void keep_xmp(
    j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers, uint32_t count) {
  fovea_release(&decoder->memory, markers->xmp);
  markers->xmp_size = 0;
  markers->xmp = fovea_decoder_allocate(decoder, count);
  copy_bytes(cinfo, markers->xmp, count);
  markers->xmp_size = count;
}

void fovea_jpeg_read_app1(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers) {
  static const char xmp[] = "http://ns.adobe.com/xap/1.0/";
  uint32_t left = payload_length(cinfo);
  if (decoder->info != NULL && left > exif_prefix) {
    uint8_t prefix[sizeof xmp];
    copy_bytes(cinfo, prefix, exif_prefix);
    left -= exif_prefix;
    if (memcmp(prefix, "Exif\0", 5) == 0) {
      if (left <= largest_exif - markers->exif_size) {
        append_exif(cinfo, decoder, markers, left);
        left = 0;
      }
    } else if (memcmp(prefix, xmp, exif_prefix) == 0 && left > sizeof xmp - exif_prefix) {
      copy_bytes(cinfo, prefix + exif_prefix, sizeof xmp - exif_prefix);
      left -= sizeof xmp - exif_prefix;
      if (memcmp(prefix, xmp, sizeof xmp) == 0) {
        keep_xmp(cinfo, decoder, markers, left);
        left = 0;
      }
    }
  }
  cinfo->src->skip_input_data(cinfo, (long)left);
}

// Two pieces of one number, or more bytes than a profile has, spoil the profile, not the picture.
static bool piece_fits(const fovea_jpeg_markers *markers, uint32_t number, uint32_t count, uint32_t size) {
  return number >= 1 && number <= count && (markers->piece_count == 0 || markers->piece_count == count)
      && markers->pieces[number] == NULL && markers->profile_size + size <= largest_profile;
}

// The index begins after "MPF" and a zero; the rest of the prefix is its first bytes.
static void read_index(
    j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers, const uint8_t *first,
    uint32_t left) {
  uint32_t begun = icc_prefix - 4;
  uint64_t position = fovea_source_position(decoder->source) - cinfo->src->bytes_in_buffer - begun;
  markers->index = fovea_decoder_allocate(decoder, (size_t)begun + left);
  memcpy(markers->index, first, begun);
  copy_bytes(cinfo, markers->index + begun, left);
  markers->index_end = fovea_jpeg_index_end(markers->index, begun + left, position);
}

void fovea_jpeg_read_app2(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers) {
  uint32_t left = payload_length(cinfo);
  if (left > icc_prefix && markers->profile == NULL) {
    uint8_t prefix[icc_prefix];
    copy_bytes(cinfo, prefix, icc_prefix);
    left -= icc_prefix;
    uint32_t number = prefix[12], count = prefix[13];
    if (memcmp(prefix, "MPF", 4) == 0 && markers->index == NULL) {
      read_index(cinfo, decoder, markers, prefix + 4, left);
      left = 0;
    } else if (memcmp(prefix, "ICC_PROFILE", 12) == 0) {
      if (piece_fits(markers, number, count, left)) {
        markers->piece_count = count;
        markers->pieces[number] = fovea_decoder_allocate(decoder, left);
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
  decoder->info->xmp = markers->xmp;
  decoder->info->xmp_size = markers->xmp_size;
  if (markers->piece_count == 0) return;
  for (uint32_t i = 1; i <= markers->piece_count; i++) markers->profile_damaged |= markers->pieces[i] == NULL;
  if (markers->profile_damaged) {
    fovea_decoder_warn(decoder, "colour profile is damaged: ignored");
    return;
  }
  markers->profile = fovea_decoder_allocate(decoder, markers->profile_size);
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
  fovea_release(&decoder->memory, markers->xmp);
  fovea_release(&decoder->memory, markers->profile);
  fovea_release(&decoder->memory, markers->index);
  for (int i = 0; i < 256; i++) fovea_release(&decoder->memory, markers->pieces[i]);
}
