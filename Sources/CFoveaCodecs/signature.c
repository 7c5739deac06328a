#include "signature.h"

#include <string.h>

typedef struct {
  const char *name;
  size_t offset;
  const char *bytes;
  size_t count;
} signature;

const char *fovea_guess_format(const uint8_t *first, size_t count) {
  static const signature known[] = {
      {"GIF", 0, "GIF8", 4},
      {"BMP", 0, "BM", 2},
      {"TIFF", 0, "II*\0", 4},
      {"TIFF", 0, "MM\0*", 4},
      {"WebP", 8, "WEBP", 4},
      {"HEIC or AVIF", 4, "ftyp", 4},
      {"JPEG 2000", 0, "\0\0\0\x0CjP", 6},
      {"JPEG XL", 0, "\0\0\0\x0CJXL", 7},
      {"JPEG XL", 0, "\xFF\x0A", 2},
      {"PDF", 0, "%PDF", 4},
      {"HTML or XML", 0, "<", 1},
      {"zip", 0, "PK\x03\x04", 4},
      {"gzip", 0, "\x1F\x8B", 2},
      {"NumPy", 0, "\x93NUMPY", 6},
      {"Photoshop", 0, "8BPS", 4},
      {"QOI", 0, "qoif", 4},
      {"PNM", 0, "P6", 2},
      {"PNM", 0, "P5", 2},
      {"a Git LFS pointer", 0, "version https", 13},
      {"a PNG whose first bytes were changed in transfer", 1, "PNG", 3},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    const signature *s = &known[i];
    if (s->offset + s->count <= count && memcmp(first + s->offset, s->bytes, s->count) == 0) return s->name;
  }
  return "";
}
