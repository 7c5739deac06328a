#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "encoder.h"
#include "faults.h"
#include "memory.h"

enum { buffer_capacity = 65536 };

// A PNG encoder. What libpng writes is gathered in blocks of 64 KB, or in one growing block for memory.
struct fovea_encoder {
  jmp_buf escape;
  int descriptor;
  fovea_memory memory;
  fovea_codec_error error;
  png_structp png;
  png_infop info;
  uint8_t *bytes;
  size_t count, capacity;
};

static _Noreturn void escape(fovea_encoder *encoder, fovea_code code, const char *detail) {
  if (encoder->error.code == FOVEA_OK) {
    encoder->error.code = code;
    snprintf(encoder->error.detail, sizeof encoder->error.detail, "%s", detail);
  }
  longjmp(encoder->escape, 1);
}

fovea_code fovea_write_all(int descriptor, const uint8_t *bytes, size_t count, fovea_codec_error *error) {
  while (count > 0) {
    ssize_t done = -1;
    errno = EIO;
    if (!fovea_fault_strikes(FOVEA_FAULT_WRITE)) done = write(descriptor, bytes, count);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) {
      error->code = FOVEA_WRITE_FAILED;
      snprintf(error->detail, sizeof error->detail, "%s", strerror(errno));
      return error->code;
    }
    bytes += done;
    count -= (size_t)done;
  }
  return FOVEA_OK;
}

static void write_out(fovea_encoder *encoder) {
  fovea_code code = fovea_write_all(encoder->descriptor, encoder->bytes, encoder->count, &encoder->error);
  encoder->count = 0;
  if (code != FOVEA_OK) longjmp(encoder->escape, 1);
}

static void grow(fovea_encoder *encoder, size_t needed) {
  size_t capacity = encoder->capacity * 2 > needed ? encoder->capacity * 2 : needed;
  uint8_t *bytes = fovea_allocate(&encoder->memory, capacity);
  if (bytes == NULL) escape(encoder, FOVEA_OUT_OF_MEMORY, "");
  memcpy(bytes, encoder->bytes, encoder->count);
  fovea_release(&encoder->memory, encoder->bytes);
  encoder->bytes = bytes;
  encoder->capacity = capacity;
}

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  fovea_encoder *encoder = png_get_io_ptr(png);
  if (count > encoder->capacity - encoder->count) {
    if (encoder->descriptor >= 0) write_out(encoder);
    if (count > encoder->capacity - encoder->count) grow(encoder, encoder->count + count);
  }
  memcpy(encoder->bytes + encoder->count, from, count);
  encoder->count += count;
}

static void flush_nothing(png_structp png) { (void)png; }

static void on_error(png_structp png, png_const_charp message) {
  bool memory = strstr(message, "memory") != NULL || strstr(message, "Memory") != NULL;
  escape(png_get_error_ptr(png), memory ? FOVEA_OUT_OF_MEMORY : FOVEA_DAMAGED, message);
}

static void on_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void *allocate(png_structp png, png_alloc_size_t size) {
  return fovea_allocate(png_get_mem_ptr(png), size);
}

static void release(png_structp png, void *pointer) { fovea_release(png_get_mem_ptr(png), pointer); }

static int color_type(fovea_pixels pixels) {
  switch (pixels) {
    case FOVEA_WRITE_RGB8: return PNG_COLOR_TYPE_RGB;
    case FOVEA_WRITE_RGBA8: return PNG_COLOR_TYPE_RGBA;
    case FOVEA_WRITE_INDEXED8: return PNG_COLOR_TYPE_PALETTE;
    default: return PNG_COLOR_TYPE_GRAY;
  }
}

static void create(fovea_encoder *encoder) {
  encoder->bytes = fovea_allocate(&encoder->memory, buffer_capacity);
  encoder->capacity = buffer_capacity;
  encoder->png = png_create_write_struct_2(
      PNG_LIBPNG_VER_STRING, encoder, on_error, on_warning, &encoder->memory, allocate, release);
  if (encoder->png != NULL) encoder->info = png_create_info_struct(encoder->png);
  if (encoder->info == NULL || encoder->bytes == NULL) escape(encoder, FOVEA_OUT_OF_MEMORY, "");
  png_set_user_limits(encoder->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_write_fn(encoder->png, encoder, write_bytes, flush_nothing);
}

static void set_palette(fovea_encoder *encoder, const uint8_t *palette, uint32_t count) {
  png_color colors[256];
  if (count > 256) count = 256;
  for (uint32_t i = 0; i < count; i++) {
    colors[i] = (png_color){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
  }
  png_set_PLTE(encoder->png, encoder->info, colors, (int)count);
}

static void write_header(
    fovea_encoder *encoder, fovea_pixels pixels, uint32_t width, uint32_t height, int level) {
  png_structp png = encoder->png;
  int depth = pixels == FOVEA_WRITE_GREY16 ? 16 : 8;
  png_set_IHDR(png, encoder->info, width, height, depth, color_type(pixels), PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, level);
  // Labels do not vary smoothly: differences of them only hide their runs.
  if (pixels == FOVEA_WRITE_INDEXED8) png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
  png_write_info(png, encoder->info);
  if (depth == 16 && *(const uint8_t *)&(uint16_t){1} == 1) png_set_swap(png);
}

fovea_encoder *fovea_encoder_open(
    int descriptor, fovea_pixels pixels, uint32_t width, uint32_t height, const uint8_t *palette,
    uint32_t palette_count, int level, fovea_codec_error *error) {
  memset(error, 0, sizeof *error);
  fovea_encoder *encoder = fovea_fault_strikes(FOVEA_FAULT_ALLOCATION) ? NULL : calloc(1, sizeof *encoder);
  if (encoder == NULL) {
    error->code = FOVEA_OUT_OF_MEMORY;
    return NULL;
  }
  encoder->descriptor = descriptor;
  encoder->memory.limit = UINT64_MAX;
  if (setjmp(encoder->escape) != 0) {
    *error = encoder->error;
    fovea_encoder_close(encoder);
    return NULL;
  }
  create(encoder);
  if (palette != NULL) set_palette(encoder, palette, palette_count);
  write_header(encoder, pixels, width, height, level);
  return encoder;
}

fovea_code fovea_encoder_write_row(fovea_encoder *encoder, const uint8_t *row, fovea_codec_error *error) {
  if (encoder->error.code == FOVEA_OK && setjmp(encoder->escape) == 0) {
    png_write_row(encoder->png, row);
    return FOVEA_OK;
  }
  *error = encoder->error;
  return error->code;
}

fovea_code fovea_encoder_finish(fovea_encoder *encoder, fovea_codec_error *error) {
  if (encoder->error.code == FOVEA_OK && setjmp(encoder->escape) == 0) {
    png_write_end(encoder->png, NULL);
    if (encoder->descriptor >= 0) write_out(encoder);
    return FOVEA_OK;
  }
  *error = encoder->error;
  return error->code;
}

const uint8_t *fovea_encoder_bytes(const fovea_encoder *encoder, size_t *count) {
  *count = encoder->count;
  return encoder->bytes;
}

void fovea_encoder_close(fovea_encoder *encoder) {
  if (encoder == NULL) return;
  if (encoder->png != NULL) png_destroy_write_struct(&encoder->png, &encoder->info);
  fovea_release(&encoder->memory, encoder->bytes);
  free(encoder);
}
