#include "jpeg_markers.h"

enum { entry_size = 12, picture_size = 16, pictures_tag = 0xB002 };

typedef struct {
  const uint8_t *bytes;
  uint32_t count;
  bool is_little;
} tiff;

static uint32_t number(const tiff *index, uint32_t offset, uint32_t size) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < size; i++) {
    value = value << 8 | index->bytes[offset + (index->is_little ? size - 1 - i : i)];
  }
  return value;
}

static bool holds(const tiff *index, uint64_t offset, uint64_t size) { return offset + size <= index->count; }

// Each picture's 16 bytes: attributes, size, offset from the TIFF header (0 for the first), dependents.
static uint64_t last_end(const tiff *index, uint32_t entry) {
  uint32_t size = number(index, entry + 4, 4), start = number(index, entry + 8, 4);
  uint64_t end = 0;
  for (uint32_t i = 0; i + picture_size <= size; i += picture_size) {
    if (!holds(index, (uint64_t)start + i, picture_size)) break;
    uint64_t offset = number(index, start + i + 8, 4);
    uint64_t stop = offset + number(index, start + i + 4, 4);
    if (offset > 0 && stop > end) end = stop;
  }
  return end;
}

uint64_t fovea_jpeg_index_end(const uint8_t *bytes, uint32_t count, uint64_t position) {
  tiff index = {.bytes = bytes, .count = count};
  if (count < 8) return 0;
  index.is_little = bytes[0] == 'I';
  uint32_t directory = number(&index, 4, 4);
  if (!holds(&index, directory, 2)) return 0;
  uint32_t entries = number(&index, directory, 2);
  for (uint32_t i = 0; i < entries; i++) {
    uint64_t entry = (uint64_t)directory + 2 + (uint64_t)i * entry_size;
    if (!holds(&index, entry, entry_size)) return 0;
    if (number(&index, (uint32_t)entry, 2) != pictures_tag) continue;
    uint64_t end = last_end(&index, (uint32_t)entry);
    return end > 0 ? position + end : 0;
  }
  return 0;
}
