#pragma once
#include <stddef.h>
#include <stdio.h>
#include <jpeglib.h>

#include "decoder_state.h"

/// What the application markers of a JPEG hold that is of use: one EXIF block and one ICC profile,
/// the latter in up to 255 numbered pieces.
typedef struct {
  uint8_t *exif;
  uint32_t exif_size;
  uint8_t *pieces[256];  // by their number, from 1
  uint32_t piece_sizes[256];
  uint32_t piece_count;  // as the first piece says; 0 before any
  uint32_t profile_size;
  bool profile_damaged;
  uint8_t *profile;
} fovea_jpeg_markers;

/// Reads an APP1 marker: keeps the first EXIF block, steps over anything else.
void fovea_jpeg_read_app1(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers);

/// Reads an APP2 marker: keeps a piece of an ICC profile, steps over anything else.
void fovea_jpeg_read_app2(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers);

/// Joins the profile's pieces and tells `decoder->info`; warns when some are missing.
void fovea_jpeg_join_profile(fovea_decoder *decoder, fovea_jpeg_markers *markers);

void fovea_jpeg_release_markers(fovea_decoder *decoder, fovea_jpeg_markers *markers);
