#include "jpeg_state.h"

static boolean read_app1(j_decompress_ptr cinfo) {
  fovea_jpeg *self = fovea_jpeg_of((j_common_ptr)cinfo);
  fovea_jpeg_read_app1(cinfo, &self->common, &self->markers);
  return TRUE;
}

static boolean read_app2(j_decompress_ptr cinfo) {
  fovea_jpeg *self = fovea_jpeg_of((j_common_ptr)cinfo);
  fovea_jpeg_read_app2(cinfo, &self->common, &self->markers);
  return TRUE;
}

static void on_progress(j_common_ptr cinfo) {
  fovea_jpeg *self = fovea_jpeg_of(cinfo);
  fovea_jpeg_count_rows(self);
  uint32_t limit = self->common.limits.max_scans;
  if ((uint32_t)self->cinfo.input_scan_number <= limit) return;
  self->common.error.limit = limit;
  fovea_decoder_escape(&self->common, FOVEA_OVER_SCANS, "");
}

static const char *stored_as(J_COLOR_SPACE space) {
  switch (space) {
    case JCS_GRAYSCALE: return "grey";
    case JCS_RGB: return "RGB";
    case JCS_YCbCr: return "YCbCr";
    case JCS_CMYK: return "CMYK";
    case JCS_YCCK: return "YCCK";
    default: return "unknown";
  }
}

static fovea_layout choose_output(fovea_jpeg *self) {
  struct jpeg_decompress_struct *cinfo = &self->cinfo;
  switch (cinfo->jpeg_color_space) {
    case JCS_GRAYSCALE: cinfo->out_color_space = JCS_GRAYSCALE; return FOVEA_GREY;
    case JCS_RGB: case JCS_YCbCr: cinfo->out_color_space = JCS_RGB; return FOVEA_RGB;
    case JCS_CMYK: case JCS_YCCK: cinfo->out_color_space = JCS_CMYK; return FOVEA_CMYK;
    default: break;
  }
  char detail[48];
  snprintf(detail, sizeof detail, "JPEG with %d components", cinfo->num_components);
  fovea_decoder_escape(&self->common, FOVEA_UNSUPPORTED, detail);
}

static void create(fovea_jpeg *self) {
  fovea_jpeg_watch_errors(self);
  jpeg_create_decompress(&self->cinfo);
  fovea_jpeg_watch_memory(self);
  fovea_jpeg_set_source(self);
  self->progress.progress_monitor = on_progress;
  self->cinfo.progress = &self->progress;
  jpeg_set_marker_processor(&self->cinfo, JPEG_APP0 + 1, read_app1);
  jpeg_set_marker_processor(&self->cinfo, JPEG_APP0 + 2, read_app2);
}

static void read_header(fovea_jpeg *self) {
  fovea_decoder *decoder = &self->common;
  struct jpeg_decompress_struct *cinfo = &self->cinfo;
  jpeg_read_header(cinfo, TRUE);
  if (cinfo->data_precision != 8) fovea_jpeg_escape_precision(decoder, cinfo->data_precision);
  if (fovea_decoder_check_size(decoder, cinfo->image_width, cinfo->image_height) != FOVEA_OK) {
    longjmp(decoder->escape, 1);
  }
  fovea_jpeg_join_profile(decoder, &self->markers);
  fovea_image_info *info = decoder->info;
  info->width = cinfo->image_width;
  info->height = cinfo->image_height;
  info->layout = choose_output(self);
  info->row_bits = info->file_bits = 8;
  info->stored_as = stored_as(cinfo->jpeg_color_space);
  info->interlaced = cinfo->progressive_mode;
  self->has_scans = jpeg_has_multiple_scans(cinfo);
  decoder->row_bytes = (size_t)info->width * (info->layout == FOVEA_CMYK ? 4 : (size_t)info->layout);
}

// A cut inside a marker's segment comes back to the setjmp without an error, and goes on behind it.
static fovea_code read_row(fovea_decoder *decoder, uint8_t *row) {
  fovea_jpeg *self = (fovea_jpeg *)decoder;
  if (setjmp(decoder->escape) != 0 && decoder->error.code != FOVEA_OK) return decoder->error.code;
  if (!self->gives_rows) {
    self->started = true;
    jpeg_start_decompress(&self->cinfo);
    self->gives_rows = true;
  }
  if (decoder->next_row >= fovea_jpeg_whole_rows(self)) return FOVEA_ROW_MISSING;
  jpeg_read_scanlines(&self->cinfo, &row, 1);
  return decoder->next_row < fovea_jpeg_whole_rows(self) ? FOVEA_OK : FOVEA_ROW_MISSING;
}

static fovea_code finish(fovea_decoder *decoder) {
  fovea_jpeg *self = (fovea_jpeg *)decoder;
  if (setjmp(decoder->escape) != 0 && decoder->error.code != FOVEA_OK) return decoder->error.code;
  if (!self->ended_early) jpeg_finish_decompress(&self->cinfo);
  if (!self->ended_early) {
    decoder->end = fovea_source_position(decoder->source) - self->source.bytes_in_buffer;
    if (decoder->end < self->markers.index_end) decoder->end = self->markers.index_end;
    return FOVEA_OK;
  }
  const char *lack = fovea_jpeg_is_coarse(self) ? "later scans are missing" : "";
  return fovea_decoder_fail(decoder, FOVEA_TRUNCATED, lack);
}

static void close_jpeg(fovea_decoder *decoder) {
  fovea_jpeg *self = (fovea_jpeg *)decoder;
  fovea_jpeg_release_markers(decoder, &self->markers);
  jpeg_destroy_decompress(&self->cinfo);
}

fovea_decoder *fovea_jpeg_open(fovea_source *source, const fovea_limits *limits, fovea_image_info *info) {
  fovea_decoder *decoder = fovea_decoder_make(sizeof(fovea_jpeg), source, limits, info);
  if (decoder == NULL) return NULL;
  decoder->read_row = read_row;
  decoder->finish = finish;
  decoder->close = close_jpeg;
  if (setjmp(decoder->escape) != 0) return decoder;
  create((fovea_jpeg *)decoder);
  read_header((fovea_jpeg *)decoder);
  return decoder;
}
