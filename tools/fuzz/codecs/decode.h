#pragma once
#include <stddef.h>
#include <stdint.h>

#include "CFoveaCodecs.h"

/// Decodes `size` bytes to their end, with limits that keep one file quick; returns how it went.
/// Every row's bytes are read, so that a sanitiser sees what was not written.
fovea_code decode_bytes(const uint8_t *bytes, size_t size, bool allow_truncated);

/// The same for a file, with the limits that the library has by default.
fovea_code decode_file(const char *path);
