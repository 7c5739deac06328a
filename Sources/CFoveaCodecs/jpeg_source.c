#include "jpeg_state.h"

static void source_nothing(j_decompress_ptr cinfo) { (void)cinfo; }

// A progressive file whose first scan came whole shows every pixel, only coarser: when cut files are
// allowed it gets the end marker that it lacks. Any other cut is an error at once: rows already
// handed out are the good ones.
static boolean fill_input(j_decompress_ptr cinfo) {
  static const JOCTET end[2] = {0xFF, JPEG_EOI};
  fovea_jpeg *self = fovea_jpeg_of((j_common_ptr)cinfo);
  cinfo->src->bytes_in_buffer = fovea_source_window(self->common.source, &cinfo->src->next_input_byte);
  if (cinfo->src->bytes_in_buffer > 0) return TRUE;
  bool shows_all = cinfo->progressive_mode && self->started && cinfo->input_scan_number > 1;
  bool failed = fovea_source_failed(self->common.source);
  if (failed || !shows_all || !self->common.limits.allow_truncated) {
    fovea_decoder_escape_early_end(&self->common);
  }
  if (!self->ended_early) fovea_decoder_warn(&self->common, "JPEG ends early: later scans are missing");
  self->ended_early = true;
  cinfo->src->next_input_byte = end;
  cinfo->src->bytes_in_buffer = sizeof end;
  return TRUE;
}

static void skip_input(j_decompress_ptr cinfo, long count) {
  if (count <= 0) return;
  struct jpeg_source_mgr *bytes = cinfo->src;
  if ((size_t)count <= bytes->bytes_in_buffer) {
    bytes->next_input_byte += count;
    bytes->bytes_in_buffer -= (size_t)count;
    return;
  }
  fovea_source *source = fovea_jpeg_of((j_common_ptr)cinfo)->common.source;
  fovea_source_seek(source, fovea_source_position(source) + (uint64_t)count - bytes->bytes_in_buffer);
  bytes->bytes_in_buffer = 0;
}

void fovea_jpeg_set_source(fovea_jpeg *self) {
  self->source.init_source = source_nothing;
  self->source.fill_input_buffer = fill_input;
  self->source.skip_input_data = skip_input;
  self->source.resync_to_restart = jpeg_resync_to_restart;
  self->source.term_source = source_nothing;
  self->cinfo.src = &self->source;
}
