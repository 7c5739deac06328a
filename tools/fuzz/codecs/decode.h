#pragma once
#include <stddef.h>
#include <stdint.h>

#include "CFoveaCodecs.h"

/// The limits that the library has by default.
extern const fovea_limits default_limits;

/// Limits that keep one file quick.
fovea_limits small_limits(bool allow_truncated);

/// Decodes `size` bytes to their end; returns how it went.
/// Every row's bytes are read, so that a sanitiser sees what was not written.
fovea_code decode_bytes(const uint8_t *bytes, size_t size, fovea_limits limits);

/// The same for a file, with the default limits.
fovea_code decode_file(const char *path);
