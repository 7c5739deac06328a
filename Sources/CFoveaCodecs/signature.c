#include <stdbool.h>
#include <string.h>

#include "content.h"

typedef struct {
  const char *name;
  bool is_picture;
  size_t offset;
  const char *bytes;
  size_t count;
} signature;

static const signature known[] = {
    {"GIF", true, 0, "GIF8", 4},
    {"TIFF", true, 0, "II*\0", 4},
    {"TIFF", true, 0, "MM\0*", 4},
    {"TIFF", true, 0, "II+\0", 4},
    {"TIFF", true, 0, "MM\0+", 4},
    {"WebP", true, 8, "WEBP", 4},
    {"JPEG 2000", true, 0, "\0\0\0\x0CjP", 6},
    {"JPEG 2000", true, 0, "\xFF\x4F\xFF\x51", 4},
    {"JPEG XL", true, 0, "\0\0\0\x0CJXL", 7},
    {"JPEG XL", true, 0, "\xFF\x0A", 2},
    {"Photoshop", true, 0, "8BPS", 4},
    {"QOI", true, 0, "qoif", 4},
    {"ICO", true, 0, "\0\0\1\0", 4},
    {"OpenEXR", true, 0, "\x76\x2F\x31\x01", 4},
    {"Radiance HDR", true, 0, "#?RADIANCE", 10},
    {"DDS", true, 0, "DDS ", 4},
    {"DICOM", true, 128, "DICM", 4},
    {"FITS", true, 0, "SIMPLE  =", 9},
    {"a camera's raw picture", true, 0, "FUJIFILMCCD-RAW", 15},
    {"a camera's raw picture", true, 0, "IIRO", 4},
    {"a camera's raw picture", true, 0, "IIU\0", 4},
    {"PDF", false, 0, "%PDF", 4},
    {"HTML or XML", false, 0, "<", 1},
    {"zip", false, 0, "PK\x03\x04", 4},
    {"gzip", false, 0, "\x1F\x8B", 2},
    {"NumPy", false, 0, "\x93NUMPY", 6},
    {"a Git LFS pointer", false, 0, "version https", 13},
    {"a PNG whose first bytes were changed in transfer", true, 1, "PNG", 3},
};

static bool begins(const uint8_t *first, size_t count, const signature *s) {
  return s->offset + s->count <= count && memcmp(first + s->offset, s->bytes, s->count) == 0;
}

// Two letters begin many texts; the size of the header behind them does not.
static fovea_content bitmap(const uint8_t *first, size_t count) {
  bool has_header = count >= 18 && first[14] >= 12 && first[14] <= 124 && first[15] == 0 && first[16] == 0;
  return has_header ? FOVEA_CONTENT_PICTURE : FOVEA_CONTENT_OTHER;
}

// "P1" to "P7", white space, then a number or a comment.
static bool is_pnm(const uint8_t *first, size_t count) {
  return count >= 4 && first[0] == 'P' && first[1] >= '1' && first[1] <= '7'
      && (first[2] == '\n' || first[2] == ' ' || first[2] == '\r' || first[2] == '\t')
      && ((first[3] >= '0' && first[3] <= '9') || first[3] == '#' || first[3] == 'W');
}

// ISO's container holds pictures, and videos too: the brand tells.
static fovea_content container(const uint8_t *brand, const char **name) {
  static const char brands[][5] = {
      "avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"};
  *name = "a video";
  for (size_t i = 0; i < sizeof brands / sizeof brands[0]; i++) {
    if (memcmp(brand, brands[i], 4) != 0) continue;
    *name = "HEIC or AVIF";
    return FOVEA_CONTENT_PICTURE;
  }
  if (memcmp(brand, "crx ", 4) != 0) return FOVEA_CONTENT_OTHER;
  *name = "a camera's raw picture";
  return FOVEA_CONTENT_PICTURE;
}

static bool holds_svg(const uint8_t *first, size_t count) {
  for (size_t i = 0; i + 5 <= count; i++) {
    if (memcmp(first + i, "<svg", 4) == 0 && (first[i + 4] <= ' ' || first[i + 4] == '>')) return true;
  }
  return false;
}

static fovea_content answer(const char **name, const char *text, fovea_content content) {
  *name = text;
  return content;
}

fovea_content fovea_guess_content(const uint8_t *first, size_t count, const char **name) {
  static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  if (count >= 8 && memcmp(first, png, 8) == 0) return answer(name, "PNG", FOVEA_CONTENT_READABLE);
  if (count >= 3 && memcmp(first, "\xFF\xD8\xFF", 3) == 0) {
    return answer(name, "JPEG", FOVEA_CONTENT_READABLE);
  }
  if (count >= 2 && memcmp(first, "BM", 2) == 0) return answer(name, "BMP", bitmap(first, count));
  if (is_pnm(first, count)) return answer(name, "PNM", FOVEA_CONTENT_PICTURE);
  if (count >= 12 && memcmp(first + 4, "ftyp", 4) == 0) return container(first + 8, name);
  if (count >= 1 && first[0] == '<' && holds_svg(first, count)) {
    return answer(name, "SVG", FOVEA_CONTENT_PICTURE);
  }
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (!begins(first, count, &known[i])) continue;
    return answer(name, known[i].name, known[i].is_picture ? FOVEA_CONTENT_PICTURE : FOVEA_CONTENT_OTHER);
  }
  return answer(name, "", FOVEA_CONTENT_OTHER);
}
