#pragma once
#include <stddef.h>
#include <stdio.h>
#include <jpeglib.h>

#include "decoder_state.h"

/// What the application markers of a JPEG hold that is of use: an EXIF block, an XMP packet and one ICC profile,
/// the last in up to 255 numbered pieces.
typedef struct {
  uint8_t *exif;
  uint32_t exif_size, exif_capacity;
  uint8_t *xmp;
  uint32_t xmp_size;
  uint8_t *pieces[256];  // by their number, from 1
  uint32_t piece_sizes[256];
  uint32_t piece_count;  // as the first piece says; 0 before any
  uint32_t profile_size;
  bool profile_damaged;
  uint8_t *profile;
} fovea_jpeg_markers;

/// Reads an APP1 marker: joins an EXIF block to those before it, keeps the last XMP packet, steps over anything else,
/// and over all that comes behind the header.
void fovea_jpeg_read_app1(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers);

/// Reads an APP2 marker: keeps a piece of an ICC profile, steps over anything else.
void fovea_jpeg_read_app2(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers);

/// Tells `decoder->info` of all that was kept, the profile's pieces joined; warns when some are missing.
void fovea_jpeg_join_profile(fovea_decoder *decoder, fovea_jpeg_markers *markers);

void fovea_jpeg_release_markers(fovea_decoder *decoder, fovea_jpeg_markers *markers);
