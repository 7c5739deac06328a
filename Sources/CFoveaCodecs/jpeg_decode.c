#include <string.h>

#include "faults.h"
#include "jpeg_markers.h"

#include <jerror.h>

typedef typeof(((struct jpeg_memory_mgr *)0)->alloc_small) allocate_function;
typedef typeof(((struct jpeg_memory_mgr *)0)->alloc_sarray) allocate_samples_function;
typedef typeof(((struct jpeg_memory_mgr *)0)->alloc_barray) allocate_blocks_function;
typedef typeof(((struct jpeg_memory_mgr *)0)->realize_virt_arrays) realize_function;

// A JPEG decoder. libjpeg's memory manager stays its own, with a door in front for failures made on purpose.
typedef struct {
  fovea_decoder common;
  struct jpeg_decompress_struct cinfo;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  fovea_jpeg_markers markers;
  allocate_function allocate_small, allocate_large;
  allocate_samples_function allocate_samples;
  allocate_blocks_function allocate_blocks;
  realize_function realize;
  bool created, started, ended_early;
} jpeg_decoder;

static jpeg_decoder *self_of(j_common_ptr cinfo) { return cinfo->client_data; }

// MARK: errors

static void escape_unsupported_frame(fovea_decoder *decoder, int marker) {
  bool lossless = marker == 0xC3 || marker == 0xC7 || marker == 0xCB || marker == 0xCF;
  fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, lossless ? "lossless JPEG" : "hierarchical JPEG");
}

static void escape_unsupported_precision(fovea_decoder *decoder, int bits) {
  char detail[32];
  snprintf(detail, sizeof detail, "%d-bit JPEG", bits);
  fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, detail);
}

static void escape_empty_frame(fovea_decoder *decoder, const struct jpeg_decompress_struct *cinfo) {
  if (cinfo->num_components > 0) fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, "height given by DNL");
  fovea_decoder_escape(decoder, FOVEA_INVALID_HEADER, "no components");
}

static void escape_too_big(fovea_decoder *decoder, const struct jpeg_decompress_struct *cinfo) {
  if (fovea_decoder_check_size(decoder, cinfo->image_width, cinfo->image_height) == FOVEA_OK) {
    fovea_decoder_escape(decoder, FOVEA_UNSUPPORTED, "JPEG with a side over 65500");
  }
  longjmp(decoder->escape, 1);
}

static void on_error(j_common_ptr cinfo) {
  fovea_decoder *decoder = &self_of(cinfo)->common;
  const struct jpeg_decompress_struct *frame = (const struct jpeg_decompress_struct *)cinfo;
  char message[JMSG_LENGTH_MAX];
  switch (cinfo->err->msg_code) {
    case JERR_SOF_UNSUPPORTED: escape_unsupported_frame(decoder, cinfo->err->msg_parm.i[0]); break;
    case JERR_BAD_PRECISION: escape_unsupported_precision(decoder, cinfo->err->msg_parm.i[0]); break;
    case JERR_EMPTY_IMAGE: escape_empty_frame(decoder, frame); break;
    case JERR_IMAGE_TOO_BIG: escape_too_big(decoder, frame); break;
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
  char message[JMSG_LENGTH_MAX];
  cinfo->err->format_message(cinfo, message);
  fovea_decoder_warn(&self_of(cinfo)->common, message);
}

static void output_nothing(j_common_ptr cinfo) { (void)cinfo; }

// MARK: memory

static void allocation_may_fail(j_common_ptr cinfo) {
  if (fovea_fault_strikes(FOVEA_FAULT_ALLOCATION)) {
    fovea_decoder_escape(&self_of(cinfo)->common, FOVEA_OUT_OF_MEMORY, "");
  }
}

static void *allocate_small(j_common_ptr cinfo, int pool, size_t size) {
  allocation_may_fail(cinfo);
  return self_of(cinfo)->allocate_small(cinfo, pool, size);
}

static void *allocate_large(j_common_ptr cinfo, int pool, size_t size) {
  allocation_may_fail(cinfo);
  return self_of(cinfo)->allocate_large(cinfo, pool, size);
}

static JSAMPARRAY allocate_samples(j_common_ptr cinfo, int pool, JDIMENSION width, JDIMENSION rows) {
  allocation_may_fail(cinfo);
  return self_of(cinfo)->allocate_samples(cinfo, pool, width, rows);
}

static JBLOCKARRAY allocate_blocks(j_common_ptr cinfo, int pool, JDIMENSION width, JDIMENSION rows) {
  allocation_may_fail(cinfo);
  return self_of(cinfo)->allocate_blocks(cinfo, pool, width, rows);
}

static void realize_arrays(j_common_ptr cinfo) {
  allocation_may_fail(cinfo);
  self_of(cinfo)->realize(cinfo);
}

static void watch_memory(jpeg_decoder *self) {
  struct jpeg_memory_mgr *memory = self->cinfo.mem;
  memory->max_memory_to_use = (long)self->common.limits.max_memory;
  self->allocate_small = memory->alloc_small;
  self->allocate_large = memory->alloc_large;
  self->allocate_samples = memory->alloc_sarray;
  self->allocate_blocks = memory->alloc_barray;
  self->realize = memory->realize_virt_arrays;
  memory->alloc_small = allocate_small;
  memory->alloc_large = allocate_large;
  memory->alloc_sarray = allocate_samples;
  memory->alloc_barray = allocate_blocks;
  memory->realize_virt_arrays = realize_arrays;
}

// MARK: bytes

static void source_nothing(j_decompress_ptr cinfo) { (void)cinfo; }

// A progressive file whose first scan came whole shows every pixel, only coarser: when cut files are
// allowed it gets the end marker that it lacks. Any other cut is an error at once: rows already
// handed out are the good ones.
static boolean fill_input(j_decompress_ptr cinfo) {
  static const JOCTET end[2] = {0xFF, JPEG_EOI};
  jpeg_decoder *self = self_of((j_common_ptr)cinfo);
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
  fovea_source *source = self_of((j_common_ptr)cinfo)->common.source;
  fovea_source_seek(source, fovea_source_position(source) + (uint64_t)count - bytes->bytes_in_buffer);
  bytes->bytes_in_buffer = 0;
}

static boolean read_app1(j_decompress_ptr cinfo) {
  jpeg_decoder *self = self_of((j_common_ptr)cinfo);
  fovea_jpeg_read_app1(cinfo, &self->common, &self->markers);
  return TRUE;
}

static boolean read_app2(j_decompress_ptr cinfo) {
  jpeg_decoder *self = self_of((j_common_ptr)cinfo);
  fovea_jpeg_read_app2(cinfo, &self->common, &self->markers);
  return TRUE;
}

static void on_progress(j_common_ptr cinfo) {
  jpeg_decoder *self = self_of(cinfo);
  uint32_t limit = self->common.limits.max_scans;
  if ((uint32_t)self->cinfo.input_scan_number <= limit) return;
  self->common.error.limit = limit;
  fovea_decoder_escape(&self->common, FOVEA_OVER_SCANS, "");
}

// MARK: the decoder

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

static fovea_layout choose_output(jpeg_decoder *self) {
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

static void create(jpeg_decoder *self) {
  self->cinfo.err = jpeg_std_error(&self->errors);
  self->errors.error_exit = on_error;
  self->errors.emit_message = on_message;
  self->errors.output_message = output_nothing;
  self->cinfo.client_data = self;
  jpeg_create_decompress(&self->cinfo);
  self->created = true;
  watch_memory(self);
  self->source.init_source = source_nothing;
  self->source.fill_input_buffer = fill_input;
  self->source.skip_input_data = skip_input;
  self->source.resync_to_restart = jpeg_resync_to_restart;
  self->source.term_source = source_nothing;
  self->cinfo.src = &self->source;
  self->progress.progress_monitor = on_progress;
  self->cinfo.progress = &self->progress;
  jpeg_set_marker_processor(&self->cinfo, JPEG_APP0 + 1, read_app1);
  jpeg_set_marker_processor(&self->cinfo, JPEG_APP0 + 2, read_app2);
}

static void read_header(jpeg_decoder *self) {
  fovea_decoder *decoder = &self->common;
  struct jpeg_decompress_struct *cinfo = &self->cinfo;
  jpeg_read_header(cinfo, TRUE);
  if (cinfo->data_precision != 8) escape_unsupported_precision(decoder, cinfo->data_precision);
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
  decoder->row_bytes = (size_t)info->width * (info->layout == FOVEA_CMYK ? 4 : (size_t)info->layout);
}

static fovea_code read_row(fovea_decoder *decoder, uint8_t *row) {
  jpeg_decoder *self = (jpeg_decoder *)decoder;
  if (setjmp(decoder->escape) != 0) return decoder->error.code;
  if (!self->started) {
    self->started = true;
    jpeg_start_decompress(&self->cinfo);
  }
  jpeg_read_scanlines(&self->cinfo, &row, 1);
  return FOVEA_OK;
}

static fovea_code finish(fovea_decoder *decoder) {
  if (setjmp(decoder->escape) != 0) return decoder->error.code;
  jpeg_finish_decompress(&((jpeg_decoder *)decoder)->cinfo);
  return FOVEA_OK;
}

static void close_jpeg(fovea_decoder *decoder) {
  jpeg_decoder *self = (jpeg_decoder *)decoder;
  fovea_jpeg_release_markers(decoder, &self->markers);
  jpeg_destroy_decompress(&self->cinfo);
}

fovea_decoder *fovea_jpeg_open(fovea_source *source, const fovea_limits *limits, fovea_image_info *info) {
  fovea_decoder *decoder = fovea_decoder_make(sizeof(jpeg_decoder), source, limits, info);
  if (decoder == NULL) return NULL;
  decoder->read_row = read_row;
  decoder->finish = finish;
  decoder->close = close_jpeg;
  if (setjmp(decoder->escape) != 0) return decoder;
  create((jpeg_decoder *)decoder);
  read_header((jpeg_decoder *)decoder);
  return decoder;
}
