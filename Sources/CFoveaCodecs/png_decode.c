#include <png.h>
#include <stdio.h>
#include <string.h>

#include "png_chunks.h"

// A PNG decoder: the chunk walker feeds libpng, which expands palettes, small grey and tRNS.
typedef struct {
  fovea_decoder common;
  fovea_png_chunks chunks;
  png_structp png;
  png_infop info;
  uint8_t *image;    // all rows of an interlaced file, NULL until the first is asked for
  size_t surplus;    // bytes of image data that libpng asked for after the last row
  bool has_surplus;  // more of them than a sound file's end needs
  bool is_short;     // a cut file's image data is used up
} png_decoder;

// After the last row libpng inflates whatever image data is left, only to say that it was too much: a small
// file can hold gigabytes. What a sound file has left is a few bytes: the end of its stream, and IEND.
enum { largest_surplus = 1024 };

static png_decoder *state_of(fovea_decoder *decoder) { return (png_decoder *)decoder; }

static bool rows_are_done(const png_decoder *self) {
  if (self->chunks.interlace != 0) {
    return png_get_current_pass_number(self->png) >= PNG_INTERLACE_ADAM7_PASSES;
  }
  return png_get_current_row_number(self->png) >= self->common.height;
}

static void read_bytes(png_structp png, png_bytep into, size_t count) {
  png_decoder *self = png_get_io_ptr(png);
  if (rows_are_done(self)) self->surplus += count;
  if (self->surplus > largest_surplus) {
    self->has_surplus = true;
    longjmp(self->common.escape, 1);
  }
  fovea_png_read(&self->common, &self->chunks, into, count);
}

// libpng tells its errors apart only by their sentences, "NAME: " before those of a chunk.
static void on_error(png_structp png, png_const_charp message) {
  fovea_decoder *decoder = png_get_error_ptr(png);
  char chunk[5] = {0};
  if (strlen(message) > 4 && message[4] == ':') memcpy(chunk, message, 4);
  if (decoder->memory.over_limit) fovea_decoder_escape(decoder, FOVEA_OVER_MEMORY, "");
  if (strstr(message, "ut of memory") || strstr(message, "insufficient memory")) {
    fovea_decoder_escape(decoder, FOVEA_OUT_OF_MEMORY, "");
  }
  if (strstr(message, "CRC error")) fovea_decoder_escape(decoder, FOVEA_CHECKSUM, chunk);
  if (strstr(message, "Not enough image data")) fovea_decoder_escape(decoder, FOVEA_IMAGE_DATA_SHORT, "");
  if (strstr(message, "bad adaptive filter")) fovea_decoder_escape(decoder, FOVEA_BAD_FILTER, "");
  fovea_decoder_escape(decoder, FOVEA_DAMAGED, message);
}

static void on_warning(png_structp png, png_const_charp message) {
  fovea_decoder_warn(png_get_error_ptr(png), message);
}

static void *allocate(png_structp png, png_alloc_size_t size) {
  return fovea_allocate(png_get_mem_ptr(png), size);
}

static void release(png_structp png, void *pointer) { fovea_release(png_get_mem_ptr(png), pointer); }

static const char *stored_as(uint8_t color_type) {
  switch (color_type) {
    case PNG_COLOR_TYPE_GRAY: return "grey";
    case PNG_COLOR_TYPE_GRAY_ALPHA: return "grey with alpha";
    case PNG_COLOR_TYPE_PALETTE: return "palette";
    case PNG_COLOR_TYPE_RGB: return "RGB";
    default: return "RGB with alpha";
  }
}

// An interlaced image is held whole: its size is known from the header, so it is refused from there.
static void check_interlaced_size(png_decoder *self) {
  fovea_decoder *decoder = &self->common;
  uint64_t bytes = (uint64_t)decoder->row_bytes * decoder->height;
  if (self->chunks.interlace == 0 || bytes <= decoder->limits.max_memory) return;
  decoder->error.value = (int64_t)bytes;
  fovea_decoder_escape(decoder, FOVEA_OVER_MEMORY, "");
}

static bool keeps_indices(const png_decoder *self) {
  return self->common.limits.keep_indices && self->chunks.color_type == PNG_COLOR_TYPE_PALETTE;
}

static void read_header(png_decoder *self) {
  fovea_decoder *decoder = &self->common;
  fovea_png_read_header(decoder, &self->chunks);
  fovea_source_seek(decoder->source, 8);
  fovea_png_scan(decoder, &self->chunks);
  self->png = png_create_read_struct_2(
      PNG_LIBPNG_VER_STRING, decoder, on_error, on_warning, &decoder->memory, allocate, release);
  if (self->png == NULL) fovea_decoder_escape(decoder, FOVEA_OUT_OF_MEMORY, "");
  self->info = png_create_info_struct(self->png);
  if (self->info == NULL) fovea_decoder_escape(decoder, FOVEA_OUT_OF_MEMORY, "");
  // Whatever window the stream states: encoders have stated one that is smaller than the distances they use.
  png_set_option(self->png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
  png_set_user_limits(self->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_read_fn(self->png, self, read_bytes);
  png_set_chunk_malloc_max(self->png, FOVEA_PNG_LARGEST_PROFILE);
  png_set_sig_bytes(self->png, 8);
  png_read_info(self->png, self->info);
  if (keeps_indices(self)) png_set_packing(self->png);
  else png_set_expand(self->png);
  png_set_interlace_handling(self->png);
  png_read_update_info(self->png, self->info);
  decoder->row_bytes = png_get_rowbytes(self->png, self->info);
  check_interlaced_size(self);
}

static void describe_colour(png_decoder *self, fovea_image_info *info) {
  png_fixed_point gamma, xy[8];
  int intent, method;
  png_charp name;
  png_bytep profile;
  png_uint_32 size;
  info->has_srgb = png_get_sRGB(self->png, self->info, &intent) != 0;
  if (png_get_gAMA_fixed(self->png, self->info, &gamma) != 0 && gamma > 0) info->gamma = (uint32_t)gamma;
  info->has_chromaticities = png_get_cHRM_fixed(
      self->png, self->info, &xy[0], &xy[1], &xy[2], &xy[3], &xy[4], &xy[5], &xy[6], &xy[7]) != 0;
  for (int i = 0; i < 8 && info->has_chromaticities; i++) info->chromaticities[i] = xy[i];
  if (png_get_iCCP(self->png, self->info, &name, &method, &profile, &size) != 0) {
    info->icc = profile;
    info->icc_size = size;
  }
}

static void describe(png_decoder *self) {
  fovea_image_info *info = self->common.info;
  info->width = self->chunks.width;
  info->height = self->chunks.height;
  info->layout = (fovea_layout)png_get_channels(self->png, self->info);
  info->row_bits = png_get_bit_depth(self->png, self->info);
  info->file_bits = self->chunks.bit_depth;
  info->stored_as = stored_as(self->chunks.color_type);
  info->interlaced = self->chunks.interlace != 0;
  describe_colour(self, info);
  png_colorp palette;
  int count;
  if (keeps_indices(self) && png_get_PLTE(self->png, self->info, &palette, &count) != 0) {
    info->palette = (const uint8_t *)palette;
    info->palette_count = (uint32_t)count;
  }
}

static void read_interlaced(png_decoder *self) {
  fovea_decoder *decoder = &self->common;
  size_t bytes = decoder->row_bytes * decoder->height;
  self->image = fovea_decoder_allocate(decoder, bytes);
  memset(self->image, 0, bytes);
  for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
    for (uint32_t row = 0; row < decoder->height; row++) {
      png_read_row(self->png, self->image + decoder->row_bytes * row, NULL);
    }
  }
}

// True when the row was decoded before the data of a cut file was used up.
static bool has_row(const png_decoder *self, uint32_t row) {
  uint32_t next = png_get_current_row_number(self->png);
  if (self->chunks.interlace == 0) return row < next;
  int current = png_get_current_pass_number(self->png);
  for (int pass = current; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
    bool is_done = pass == current && row < next;
    bool has_pixels = PNG_PASS_COLS(self->chunks.width, pass) > 0 && PNG_ROW_IN_INTERLACE_PASS(row, pass);
    if (has_pixels && !is_done) return false;
  }
  return true;
}

static fovea_code read_row(fovea_decoder *decoder, uint8_t *row) {
  png_decoder *self = state_of(decoder);
  if (setjmp(decoder->escape) == 0) {
    if (self->chunks.interlace != 0 && self->image == NULL) read_interlaced(self);
    else if (self->chunks.interlace == 0 && !self->is_short) png_read_row(self->png, row, NULL);
  } else if (self->chunks.cut.is_cut && decoder->error.code == FOVEA_TRUNCATED) {
    decoder->error.code = FOVEA_OK;
    self->is_short = true;
  } else if (!self->has_surplus) {
    return decoder->error.code;
  }
  if (self->is_short && !has_row(self, decoder->next_row)) return FOVEA_ROW_MISSING;
  if (self->image != NULL) {
    memcpy(row, self->image + decoder->row_bytes * decoder->next_row, decoder->row_bytes);
  }
  return FOVEA_OK;
}

static fovea_code finish(fovea_decoder *decoder) {
  png_decoder *self = state_of(decoder);
  if (self->chunks.cut.is_cut) return fovea_decoder_fail(decoder, FOVEA_TRUNCATED, "");
  if (!self->has_surplus) {
    if (setjmp(decoder->escape) == 0) {
      png_read_end(self->png, NULL);
      return FOVEA_OK;
    }
    if (!self->has_surplus) return decoder->error.code;
  }
  if (setjmp(decoder->escape) != 0) return decoder->error.code;
  fovea_decoder_warn(decoder, "image data goes on after the last row: ignored");
  fovea_png_check_rest(decoder, &self->chunks);
  return FOVEA_OK;
}

static void close_png(fovea_decoder *decoder) {
  png_decoder *self = state_of(decoder);
  if (self->png != NULL) png_destroy_read_struct(&self->png, &self->info, NULL);
  fovea_release(&decoder->memory, self->image);
  fovea_png_release_metadata(decoder, &self->chunks.metadata);
}

fovea_decoder *fovea_png_open(fovea_source *source, const fovea_limits *limits, fovea_image_info *info) {
  fovea_decoder *decoder = fovea_decoder_make(sizeof(png_decoder), source, limits, info);
  if (decoder == NULL) return NULL;
  decoder->read_row = read_row;
  decoder->finish = finish;
  decoder->close = close_png;
  if (setjmp(decoder->escape) != 0) return decoder;
  read_header(state_of(decoder));
  describe(state_of(decoder));
  return decoder;
}
