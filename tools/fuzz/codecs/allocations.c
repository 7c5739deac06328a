// Lets the k-th allocation of the whole process fail, for every k, while a file is decoded, and counts the
// blocks that are left over: allocations < list of paths. (glibc; without a sanitiser.)
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static bool counting;
static long until_failure, live_blocks;

static bool fails(void) {
  if (!counting || until_failure == 0 || --until_failure > 0) return false;
  errno = ENOMEM;
  return true;
}

void *malloc(size_t size) {
  void *block = fails() ? NULL : __libc_malloc(size);
  live_blocks += counting && block != NULL;
  return block;
}

void *calloc(size_t count, size_t size) {
  void *block = fails() ? NULL : __libc_calloc(count, size);
  live_blocks += counting && block != NULL;
  return block;
}

void *realloc(void *old, size_t size) {
  void *block = fails() ? NULL : __libc_realloc(old, size);
  live_blocks += counting && block != NULL && old == NULL;
  return block;
}

void free(void *block) {
  live_blocks -= counting && block != NULL;
  __libc_free(block);
}

int main(void) {
  char path[4096];
  long failures = 0, files = 0, wrong = 0;
  while (fgets(path, sizeof path, stdin) != NULL) {
    path[strcspn(path, "\n")] = 0;
    fovea_code whole = decode_file(path);
    files += 1;
    for (long k = 1;; k++) {
      until_failure = k, live_blocks = 0, counting = true;
      fovea_code code = decode_file(path);
      counting = false;
      bool fired = until_failure == 0;
      bool answered = code == whole || (fired && code == FOVEA_OUT_OF_MEMORY);
      if (!answered || live_blocks != 0) {
        printf("%s, allocation %ld: code %d, %ld blocks left\n", path, k, code, live_blocks);
        wrong += 1;
      }
      if (!fired) break;
      failures += 1;
    }
  }
  printf("%ld failed allocations over %ld files: %ld wrong answers or leaks\n", failures, files, wrong);
  return wrong != 0;
}
