#include "source_window.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"

enum { window_capacity = 65536, first_fill = 4096, drain_step = 65536 };

struct fovea_source {
  int descriptor;  // -1 for bytes in memory
  bool failed;
  uint64_t size;
  uint64_t position;
  uint64_t window_start;  // the file offset of window[0]
  size_t window_count;
  uint8_t *window;  // for memory: all bytes
};

static void *fail(fovea_codec_error *error, fovea_code code, const char *detail) {
  error->code = code;
  snprintf(error->detail, sizeof error->detail, "%s", detail);
  return NULL;
}

static void *fail_size(fovea_codec_error *error, uint64_t size, uint64_t limit) {
  error->value = (int64_t)size;
  error->limit = (int64_t)limit;
  return fail(error, FOVEA_OVER_FILE_SIZE, "");
}

static uint8_t *allocate_bytes(size_t size) {
  return fovea_fault_strikes(FOVEA_FAULT_ALLOCATION) ? NULL : malloc(size == 0 ? 1 : size);
}

static fovea_source *make(int descriptor, uint64_t size, uint8_t *window, fovea_codec_error *error) {
  fovea_source *source = fovea_fault_strikes(FOVEA_FAULT_ALLOCATION) ? NULL : calloc(1, sizeof *source);
  if (source == NULL || window == NULL) {
    free(source);
    free(window);
    return fail(error, FOVEA_OUT_OF_MEMORY, "");
  }
  source->descriptor = descriptor;
  source->size = size;
  source->window = window;
  source->window_count = descriptor < 0 ? (size_t)size : 0;
  return source;
}

static ssize_t read_some(int descriptor, uint8_t *into, size_t count) {
  if (fovea_fault_strikes(FOVEA_FAULT_READ)) {
    errno = EIO;
    return -1;
  }
  ssize_t got;
  do got = read(descriptor, into, count);
  while (got < 0 && errno == EINTR);
  return got;
}

fovea_source *fovea_source_drain(int descriptor, uint64_t max_bytes, fovea_codec_error *error) {
  uint8_t *bytes = NULL;
  size_t count = 0, capacity = 0;
  for (;;) {
    if (capacity - count < drain_step) {
      capacity = capacity * 2 + drain_step;
      uint8_t *grown = fovea_fault_strikes(FOVEA_FAULT_ALLOCATION) ? NULL : realloc(bytes, capacity);
      if (grown == NULL) {
        free(bytes);
        return fail(error, FOVEA_OUT_OF_MEMORY, "");
      }
      bytes = grown;
    }
    ssize_t got = read_some(descriptor, bytes + count, drain_step);
    if (got == 0) return make(-1, count, bytes, error);
    if (got < 0 || (count += (size_t)got) > max_bytes) {
      int reason = errno;
      free(bytes);
      return got < 0 ? fail(error, FOVEA_READ_FAILED, strerror(reason)) : fail_size(error, count, max_bytes);
    }
  }
}

fovea_source *fovea_source_open(const char *path, uint64_t max_bytes, fovea_codec_error *error) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(error, FOVEA_CANNOT_OPEN, strerror(errno));
  struct stat status;
  fovea_source *source;
  if (fstat(descriptor, &status) != 0) {
    source = fail(error, FOVEA_CANNOT_OPEN, strerror(errno));
  } else if (S_ISDIR(status.st_mode)) {
    source = fail(error, FOVEA_CANNOT_OPEN, strerror(EISDIR));
  } else if (!S_ISREG(status.st_mode)) {
    source = fovea_source_drain(descriptor, max_bytes, error);
  } else if ((uint64_t)status.st_size > max_bytes) {
    source = fail_size(error, (uint64_t)status.st_size, max_bytes);
  } else {
    source = make(descriptor, (uint64_t)status.st_size, allocate_bytes(window_capacity), error);
    if (source != NULL) return source;
  }
  close(descriptor);
  return source;
}

fovea_source *fovea_source_copy(
    const uint8_t *bytes, uint64_t size, uint64_t max_bytes, fovea_codec_error *error) {
  if (size > max_bytes) return fail_size(error, size, max_bytes);
  uint8_t *copy = allocate_bytes((size_t)size);
  if (copy != NULL && size > 0) memcpy(copy, bytes, (size_t)size);
  return make(-1, size, copy, error);
}

void fovea_source_close(fovea_source *source) {
  if (source == NULL) return;
  if (source->descriptor >= 0) close(source->descriptor);
  free(source->window);
  free(source);
}

uint64_t fovea_source_size(const fovea_source *source) { return source->size; }

uint64_t fovea_source_position(const fovea_source *source) { return source->position; }

bool fovea_source_failed(const fovea_source *source) { return source->failed; }

void fovea_source_seek(fovea_source *source, uint64_t position) {
  source->position = position < source->size ? position : source->size;
}

// Fills the window from the position on. After a jump only a little: whoever jumps reads a chunk's header.
static void fill(fovea_source *source) {
  if (source->descriptor < 0 || source->failed) return;
  bool follows = source->position == source->window_start + source->window_count;
  size_t wanted = follows && source->window_count > 0 ? window_capacity : first_fill;
  if (wanted > source->size - source->position) wanted = (size_t)(source->size - source->position);
  source->window_start = source->position;
  source->window_count = 0;
  ssize_t got = -1;
  if (fovea_fault_strikes(FOVEA_FAULT_READ)) {
    errno = EIO;
  } else {
    do got = pread(source->descriptor, source->window, wanted, (off_t)source->position);
    while (got < 0 && errno == EINTR);
  }
  if (got < 0) source->failed = true;
  else source->window_count = (size_t)got;
}

size_t fovea_source_window(fovea_source *source, const uint8_t **bytes) {
  if (source->position >= source->size) return 0;
  bool inside = source->position >= source->window_start
      && source->position < source->window_start + source->window_count;
  if (!inside) fill(source);
  uint64_t skipped = source->position - source->window_start;
  if (skipped >= source->window_count) return 0;
  *bytes = source->window + skipped;
  size_t count = source->window_count - (size_t)skipped;
  source->position += count;
  return count;
}

size_t fovea_source_read(fovea_source *source, uint8_t *into, size_t count) {
  size_t done = 0;
  while (done < count) {
    const uint8_t *bytes;
    size_t available = fovea_source_window(source, &bytes);
    if (available == 0) break;
    size_t taken = available < count - done ? available : count - done;
    memcpy(into + done, bytes, taken);
    source->position -= available - taken;
    done += taken;
  }
  return done;
}
