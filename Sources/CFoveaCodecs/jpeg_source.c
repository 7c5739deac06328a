#include "jpeg_state.h"

static void source_nothing(j_decompress_ptr cinfo) { (void)cinfo; }

// A cut file that is allowed gets the end marker that it lacks, as Pillow gives it: libjpeg then answers with what
// came. Inside a marker's segment that would be taken for its content: there the segment is left, for whoever
// started libjpeg to go on.
static boolean fill_input(j_decompress_ptr cinfo) {
  static const JOCTET end[2] = {0xFF, JPEG_EOI};
  fovea_jpeg *self = fovea_jpeg_of((j_common_ptr)cinfo);
  cinfo->src->bytes_in_buffer = fovea_source_window(self->common.source, &cinfo->src->next_input_byte);
  if (cinfo->src->bytes_in_buffer > 0) return TRUE;
  bool failed = fovea_source_failed(self->common.source);
  if (failed || !self->started || !self->common.limits.allow_truncated) {
    fovea_decoder_escape_early_end(&self->common);
  }
  self->ended_early = true;
  cinfo->src->next_input_byte = end;
  cinfo->src->bytes_in_buffer = sizeof end;
  if (cinfo->unread_marker == 0) {
    // Arithmetic decoding goes on with zeros and says nothing.
    if (cinfo->arith_code) fovea_jpeg_stop_counting(self);
    return TRUE;
  }
  self->is_counted = true;  // whatever scan the segment began to describe
  cinfo->unread_marker = 0;
  longjmp(self->common.escape, 1);
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
