#pragma once
#include <stddef.h>
#include <stdint.h>

/// The name of a format that is not read, by its first bytes; "" when they are of none known.
const char *fovea_guess_format(const uint8_t *first, size_t count);
