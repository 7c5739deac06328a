#pragma once
#include <stdint.h>

/// What went wrong, or FOVEA_OK.
typedef enum {
  FOVEA_OK = 0,
  FOVEA_CANNOT_OPEN,
  FOVEA_READ_FAILED,
  FOVEA_WRITE_FAILED,
  FOVEA_EMPTY,
  FOVEA_NOT_AN_IMAGE,
  FOVEA_UNSUPPORTED,
  FOVEA_INVALID_HEADER,
  FOVEA_TRUNCATED,
  FOVEA_ROW_MISSING,
  FOVEA_CHECKSUM,
  FOVEA_CHUNK_LARGER_THAN_FILE,
  FOVEA_IMAGE_DATA_MISSING,
  FOVEA_IMAGE_DATA_SHORT,
  FOVEA_BAD_FILTER,
  FOVEA_DAMAGED,
  FOVEA_NO_IMAGE,
  FOVEA_TOO_MANY_WARNINGS,
  FOVEA_OVER_FILE_SIZE,
  FOVEA_OVER_PIXELS,
  FOVEA_OVER_SIDE,
  FOVEA_OVER_SCANS,
  FOVEA_OVER_MEMORY,
  FOVEA_OUT_OF_MEMORY,
} fovea_code;

/// A failure: its code, the offending value and the limit it passed where there are such, and a detail
/// (a chunk's name, an unsupported feature, the library's own sentence) in printable ASCII.
typedef struct {
  fovea_code code;
  int64_t value;
  int64_t second_value;
  int64_t limit;
  char detail[160];
} fovea_codec_error;
