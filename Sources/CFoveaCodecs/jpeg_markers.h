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
  uint8_t *index;      // an MPF index
  uint64_t index_end;  // where the last picture ends that it names; 0 without any
} fovea_jpeg_markers;

/// Reads an APP1 marker: joins an EXIF block to those before it, keeps the last XMP packet, steps over anything else,
/// and over all that comes behind the header.
void fovea_jpeg_read_app1(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers);

/// Reads an APP2 marker: keeps a piece of an ICC profile, and where the pictures of an MPF index end; steps over
/// anything else.
void fovea_jpeg_read_app2(j_decompress_ptr cinfo, fovea_decoder *decoder, fovea_jpeg_markers *markers);

/// Tells `decoder->info` of all that was kept, the profile's pieces joined; warns when some are missing.
void fovea_jpeg_join_profile(fovea_decoder *decoder, fovea_jpeg_markers *markers);

/// Where the last of the pictures ends that an MPF index (CIPA DC-007) names. `bytes` are its TIFF header and what
/// follows, which stand at `position` in the file; 0 for an index that cannot be read.
uint64_t fovea_jpeg_index_end(const uint8_t *bytes, uint32_t count, uint64_t position);

void fovea_jpeg_release_markers(fovea_decoder *decoder, fovea_jpeg_markers *markers);
