#pragma once
#include <stddef.h>
#include <stdint.h>

/// What a file is, by its first bytes.
typedef enum {
  FOVEA_CONTENT_READABLE,  // begins as a PNG or JPEG does
  FOVEA_CONTENT_PICTURE,   // a picture of a format that is not read
  FOVEA_CONTENT_OTHER,     // anything else, known by name or not
} fovea_content;

/// How many first bytes a guess looks at.
enum { FOVEA_CONTENT_LENGTH = 256 };

/// Guesses what a file is by its first bytes; `name` becomes its format's name, "" where none is known.
fovea_content fovea_guess_content(const uint8_t *first, size_t count, const char **name);
