#pragma once
#include "source.h"

// What the decoders need of a source beyond reading.

/// The position of the next byte.
uint64_t fovea_source_position(const fovea_source *source);

/// Moves the position, at most to the end.
void fovea_source_seek(fovea_source *source, uint64_t position);

/// The bytes at the position that can be had at once, at least one unless at the end or on a failure;
/// the position moves past them.
size_t fovea_source_window(fovea_source *source, const uint8_t **bytes);

/// True when reading failed: the end that was seen is not the file's.
bool fovea_source_failed(const fovea_source *source);
