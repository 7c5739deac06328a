#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec_error.h"

/// The bytes of a file, read through a window of 64 KB, or bytes in memory.
/// A file is read and not mapped: one that shrinks meanwhile is then only a truncated file.
typedef struct fovea_source fovea_source;

/// Opens a regular file for reading through a window; what has no size (a pipe, a terminal) is read whole.
/// NULL with `error` set when it cannot be opened, is a directory, or has more than `max_bytes` bytes.
fovea_source *fovea_source_open(const char *path, uint64_t max_bytes, fovea_codec_error *error);

/// The same for a descriptor, which stays the caller's; read from where it stands to its end.
fovea_source *fovea_source_drain(int descriptor, uint64_t max_bytes, fovea_codec_error *error);

/// A copy of `size` bytes in memory; NULL with `error` set past `max_bytes` or without memory.
fovea_source *fovea_source_copy(
    const uint8_t *bytes, uint64_t size, uint64_t max_bytes, fovea_codec_error *error);

/// Closes and frees; NULL is nothing.
void fovea_source_close(fovea_source *source);

/// The number of bytes from the first to the last.
uint64_t fovea_source_size(const fovea_source *source);

/// Copies up to `count` bytes from the position on and moves past them; fewer only at the end or on a
/// failure.
size_t fovea_source_read(fovea_source *source, uint8_t *into, size_t count);
