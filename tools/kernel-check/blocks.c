// The memory that kernels are given.
#include "check.h"

#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

// The pattern is 48 as an element and 1.6e11 as a double: so great that it shows in a sum that took it in,
// and so small that it changes with what is added to it.
enum { LINE = 64, MARGIN = 128, PATTERN = 0x42 };

static size_t bytes_of(frame shape) { return shape.rows ? (shape.rows - 1) * shape.stride + shape.width : 0; }

// A line that holds the frame, a margin, the rows, a margin.
static char *start_of(const void *block) { return (char *)block - (uintptr_t)block % LINE - MARGIN - LINE; }
static char *end_of(const void *block) {
  size_t bytes = bytes_of(*frame_of(block)) + MARGIN;
  return (char *)block + bytes + (LINE - ((uintptr_t)block + bytes) % LINE) % LINE;
}

const frame *frame_of(const void *block) { return (const frame *)start_of(block); }

static void close_margins(const void *block) {
  char *margin = start_of(block) + LINE, *behind = (char *)block + bytes_of(*frame_of(block));
  ASAN_POISON_MEMORY_REGION(margin, (size_t)((char *)block - margin));
  ASAN_POISON_MEMORY_REGION(behind, (size_t)(end_of(block) - behind));
}

static void open_margins(const void *block) {
  char *start = start_of(block);
  ASAN_UNPOISON_MEMORY_REGION(start, (size_t)(end_of(block) - start));
}

void *make_block(frame shape, size_t alignment) {
  size_t bytes = LINE + MARGIN + alignment % LINE + bytes_of(shape) + MARGIN;
  bytes = (bytes + LINE - 1) / LINE * LINE;
  char *start = aligned_alloc(LINE, bytes);
  if (!start) abort();
  memset(start, PATTERN, bytes);
  memcpy(start, &shape, sizeof shape);
  char *block = start + LINE + MARGIN + alignment % LINE;
  close_margins(block);
  return block;
}

void release(void *block) {
  open_margins(block);
  free(start_of(block));
}

// Whether a run of bytes is as it was made.
static bool is_untouched(const char *start, const char *end) {
  for (; start < end; start++) {
    if (*start != PATTERN) return false;
  }
  return true;
}

void check_margins(subject *s, const char *what, const void *block) {
  const frame *of = frame_of(block);
  const char *rows = block, *behind = rows + bytes_of(*of);
  open_margins(block);
  bool intact = is_untouched(start_of(block) + LINE, rows) && is_untouched(behind, end_of(block));
  for (size_t r = 0; r + 1 < of->rows; r++)
    intact &= is_untouched(rows + r * of->stride + of->width, rows + (r + 1) * of->stride);
  close_margins(block);
  if (!intact && ++s->failures <= 20) printf("%s: %s: written beside its rows\n", s->name, what);
}

float noise(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return (float)(*seed >> 8) / (float)(1 << 23) - 1;
}

static float noise_in(float low, float high, uint32_t *seed) {
  return low + (high - low) * (noise(seed) + 1) / 2;
}

void *make_map_in(const subject *s, size_t rows, size_t channels, size_t stride, float low, float high,
                  uint32_t seed) {
  char *map = make_block((frame){rows, channels * s->size, stride * s->size}, 16);
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = 0; c < channels; c++) set_element(s, map, r, c, noise_in(low, high, &seed));
  }
  return map;
}

void *make_map(const subject *s, size_t rows, size_t channels, size_t stride, uint32_t seed) {
  return make_map_in(s, rows, channels, stride, -1, 1, seed);
}

float *make_float_rows(size_t rows, size_t columns, size_t stride, float low, float high, uint32_t seed) {
  float *values = make_block((frame){rows, columns * sizeof(float), stride * sizeof(float)}, 16);
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = 0; c < columns; c++) values[r * stride + c] = noise_in(low, high, &seed);
  }
  return values;
}

float *make_floats(size_t count, float low, float high, uint32_t seed) {
  return make_float_rows(1, count, count, low, high, seed);
}

double *make_doubles(size_t rows, size_t columns, size_t stride, uint32_t seed) {
  double *values = make_block((frame){rows, columns * sizeof(double), stride * sizeof(double)}, 16);
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = 0; c < columns; c++)
      values[r * stride + c] = (double)noise(&seed) + (double)noise(&seed) * 0x1p-24;
  }
  return values;
}

static char *element_at(const subject *s, const void *map, size_t r, size_t c) {
  return (char *)map + r * frame_of(map)->stride + c * s->size;
}

float get_element(const subject *s, const void *map, size_t r, size_t c) {
  float value;
  s->scalar->convert_to_float(element_at(s, map, r, c), &value, 1);
  return value;
}

void set_element(const subject *s, void *map, size_t r, size_t c, float value) {
  s->scalar->convert_from_float(&value, element_at(s, map, r, c), 1);
}
