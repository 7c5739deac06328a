#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "decoder_state.h"
#include "faults.h"

fovea_decoder *fovea_decoder_make(
    size_t size, fovea_source *source, const fovea_limits *limits, fovea_image_info *info) {
  fovea_decoder *decoder = fovea_fault_strikes(FOVEA_FAULT_ALLOCATION) ? NULL : calloc(1, size);
  if (decoder == NULL) return NULL;
  decoder->source = source;
  decoder->limits = *limits;
  decoder->memory.limit = limits->max_memory;
  decoder->info = info;
  return decoder;
}

// Copies a library's sentence so that it fits one line of printable characters.
static void copy_printable(char *into, size_t capacity, const char *text) {
  size_t count = 0;
  for (; text[count] != 0 && count + 1 < capacity; count++) {
    into[count] = text[count] >= 32 && text[count] < 127 ? text[count] : '?';
  }
  into[count] = 0;
}

fovea_code fovea_decoder_fail(fovea_decoder *decoder, fovea_code code, const char *detail) {
  if (decoder->error.code == FOVEA_OK) {
    decoder->error.code = code;
    copy_printable(decoder->error.detail, sizeof decoder->error.detail, detail);
  }
  return decoder->error.code;
}

_Noreturn void fovea_decoder_escape(fovea_decoder *decoder, fovea_code code, const char *detail) {
  fovea_decoder_fail(decoder, code, detail);
  longjmp(decoder->escape, 1);
}

_Noreturn void fovea_decoder_escape_memory(fovea_decoder *decoder) {
  fovea_decoder_escape(decoder, decoder->memory.over_limit ? FOVEA_OVER_MEMORY : FOVEA_OUT_OF_MEMORY, "");
}

void *fovea_decoder_allocate(fovea_decoder *decoder, size_t size) {
  void *bytes = fovea_allocate(&decoder->memory, size);
  if (bytes == NULL) fovea_decoder_escape_memory(decoder);
  return bytes;
}

_Noreturn void fovea_decoder_escape_early_end(fovea_decoder *decoder) {
  bool failed = fovea_source_failed(decoder->source);
  if (failed) fovea_decoder_escape(decoder, FOVEA_READ_FAILED, "input/output error");
  fovea_decoder_escape(decoder, FOVEA_TRUNCATED, "");
}

void fovea_decoder_warn(fovea_decoder *decoder, const char *text) {
  if (decoder->warning_count == 0) {
    copy_printable(decoder->first_warning, sizeof decoder->first_warning, text);
  }
  if (decoder->warning_count >= decoder->limits.max_warnings) {
    decoder->error.limit = decoder->limits.max_warnings;
    fovea_decoder_escape(decoder, FOVEA_TOO_MANY_WARNINGS, decoder->first_warning);
  }
  decoder->warning_count += 1;
}

fovea_code fovea_decoder_check_size(fovea_decoder *decoder, uint32_t width, uint32_t height) {
  decoder->width = width;
  decoder->height = height;
  decoder->error.value = width;
  decoder->error.second_value = height;
  decoder->error.limit = (int64_t)decoder->limits.max_pixels;
  if ((uint64_t)width * height > decoder->limits.max_pixels) {
    return fovea_decoder_fail(decoder, FOVEA_OVER_PIXELS, "");
  }
  decoder->error.limit = decoder->limits.max_side;
  if (width > decoder->limits.max_side || height > decoder->limits.max_side) {
    return fovea_decoder_fail(decoder, FOVEA_OVER_SIDE, "");
  }
  decoder->error.value = decoder->error.second_value = decoder->error.limit = 0;
  return FOVEA_OK;
}

fovea_decoder *fovea_decoder_open(
    fovea_source *source, const fovea_limits *limits, fovea_image_info *info, fovea_codec_error *error) {
  uint8_t first[FOVEA_CONTENT_LENGTH] = {0};
  size_t count = fovea_source_read(source, first, sizeof first);
  fovea_source_seek(source, 0);
  memset(info, 0, sizeof *info);
  memset(error, 0, sizeof *error);
  const char *name;
  fovea_content content = fovea_guess_content(first, count, &name);
  fovea_decoder *decoder = NULL;
  if (fovea_source_failed(source)) {
    error->code = FOVEA_READ_FAILED;
    snprintf(error->detail, sizeof error->detail, "input/output error");
  } else if (count == 0) {
    error->code = FOVEA_EMPTY;
  } else if (content != FOVEA_CONTENT_READABLE) {
    error->code = FOVEA_NOT_AN_IMAGE;
    snprintf(error->detail, sizeof error->detail, "%s", name);
  } else {
    info->format = first[0] == 0xFF ? FOVEA_JPEG : FOVEA_PNG;
    decoder = (info->format == FOVEA_JPEG ? fovea_jpeg_open : fovea_png_open)(source, limits, info);
  }
  if (decoder == NULL) {
    if (error->code == FOVEA_OK) error->code = FOVEA_OUT_OF_MEMORY;
    fovea_source_close(source);
    return NULL;
  }
  decoder->info = NULL;
  if (decoder->error.code == FOVEA_OK) return decoder;
  *error = decoder->error;
  fovea_decoder_close(decoder);
  return NULL;
}

size_t fovea_decoder_row_bytes(const fovea_decoder *decoder) { return decoder->row_bytes; }

fovea_code fovea_decoder_read_row(fovea_decoder *decoder, uint8_t *row, fovea_codec_error *error) {
  fovea_code code = decoder->error.code == FOVEA_OK ? decoder->read_row(decoder, row) : FOVEA_DAMAGED;
  if (code == FOVEA_OK || code == FOVEA_ROW_MISSING) {
    decoder->next_row += 1;
    return code;
  }
  *error = decoder->error;
  return error->code;
}

fovea_code fovea_decoder_finish(fovea_decoder *decoder, fovea_codec_error *error) {
  if (decoder->error.code == FOVEA_OK && decoder->finish(decoder) == FOVEA_OK) return FOVEA_OK;
  *error = decoder->error;
  return error->code;
}

bool fovea_decoder_is_followed(fovea_decoder *decoder) {
  if (decoder->end == 0) return false;
  uint8_t first[8];
  const char *name;
  fovea_source_seek(decoder->source, decoder->end);
  size_t count = fovea_source_read(decoder->source, first, sizeof first);
  return fovea_guess_content(first, count, &name) == FOVEA_CONTENT_READABLE;
}

uint32_t fovea_decoder_warnings(const fovea_decoder *decoder, const char **first) {
  *first = decoder->first_warning;
  return decoder->warning_count;
}

void fovea_decoder_close(fovea_decoder *decoder) {
  if (decoder == NULL) return;
  decoder->close(decoder);
  fovea_source_close(decoder->source);
  free(decoder);
}
