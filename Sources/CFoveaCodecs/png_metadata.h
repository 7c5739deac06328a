#pragma once
#include "png_chunk.h"

/// Keeps what the chunk at the source's position says of how to read the picture: an orientation in eXIf or in text,
/// colours in cICP. The last of a kind counts, as Pillow has it. Moves the position.
void fovea_png_keep_metadata(
    fovea_decoder *decoder, fovea_png_metadata *kept, fovea_png_chunk header, const uint8_t bytes[8]);
