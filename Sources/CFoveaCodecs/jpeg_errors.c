#include "jpeg_state.h"

#include <jerror.h>

static _Noreturn void escape_unsupported_frame(fovea_decoder *decoder, int marker) {
  bool lossless = marker == 0xC3 || marker == 0xC7 || marker == 0xCB || marker == 0xCF;
  fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, lossless ? "lossless JPEG" : "hierarchical JPEG");
}

_Noreturn void fovea_jpeg_escape_precision(fovea_decoder *decoder, int bits) {
  char detail[32];
  snprintf(detail, sizeof detail, "%d-bit JPEG", bits);
  fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, detail);
}

static _Noreturn void escape_empty_frame(fovea_decoder *decoder, const struct jpeg_decompress_struct *cinfo) {
  if (cinfo->num_components > 0) fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, "height given by DNL");
  fovea_decoder_escape(decoder, FOVEA_INVALID_HEADER, "no components");
}

static _Noreturn void escape_too_big(fovea_decoder *decoder, const struct jpeg_decompress_struct *cinfo) {
  if (fovea_decoder_check_size(decoder, cinfo->image_width, cinfo->image_height) == FOVEA_OK) {
    fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, "JPEG with a side over 65500");
  }
  longjmp(decoder->escape, 1);
}

static void on_error(j_common_ptr cinfo) {
  fovea_decoder *decoder = &fovea_jpeg_of(cinfo)->common;
  const struct jpeg_decompress_struct *frame = (const struct jpeg_decompress_struct *)cinfo;
  char message[JMSG_LENGTH_MAX];
  switch (cinfo->err->msg_code) {
    case JERR_SOF_UNSUPPORTED: escape_unsupported_frame(decoder, cinfo->err->msg_parm.i[0]);
    case JERR_BAD_PRECISION: fovea_jpeg_escape_precision(decoder, cinfo->err->msg_parm.i[0]);
    case JERR_EMPTY_IMAGE: escape_empty_frame(decoder, frame);
    case JERR_IMAGE_TOO_BIG: escape_too_big(decoder, frame);
    case JERR_NO_IMAGE: fovea_decoder_escape(decoder, FOVEA_NO_IMAGE, "");
    case JERR_OUT_OF_MEMORY: fovea_decoder_escape(decoder, FOVEA_OUT_OF_MEMORY, "");
    case JERR_NO_BACKING_STORE: fovea_decoder_escape(decoder, FOVEA_OVER_MEMORY, "");
    default: break;
  }
  cinfo->err->format_message(cinfo, message);
  fovea_decoder_escape(decoder, FOVEA_DAMAGED, message);
}

static void on_message(j_common_ptr cinfo, int level) {
  if (level >= 0) return;  // a trace
  fovea_jpeg *self = fovea_jpeg_of(cinfo);
  if (self->ended_early) {
    if (cinfo->err->msg_code == JWRN_HIT_MARKER) fovea_jpeg_stop_counting(self);
    return;
  }
  char message[JMSG_LENGTH_MAX];
  cinfo->err->format_message(cinfo, message);
  fovea_decoder_warn(&self->common, message);
}

static void output_nothing(j_common_ptr cinfo) { (void)cinfo; }

void fovea_jpeg_watch_errors(fovea_jpeg *self) {
  self->cinfo.err = jpeg_std_error(&self->errors);
  self->errors.error_exit = on_error;
  self->errors.emit_message = on_message;
  self->errors.output_message = output_nothing;
  self->cinfo.client_data = self;
}
