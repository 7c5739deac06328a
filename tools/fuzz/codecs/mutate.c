// Mutations of seed files, the same for a seed number: mutate KIND COUNT SEED < list of paths.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode.h"

enum { largest_seed = 1 << 15, most_seeds = 16384 };

typedef struct {
  uint8_t *bytes;
  size_t count;
} file_bytes;

static uint64_t state;

static uint32_t next_random(uint32_t bound) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (uint32_t)(state >> 32) % bound;
}

static size_t read_seeds(file_bytes *seeds) {
  char path[4096];
  size_t count = 0;
  while (count < most_seeds && fgets(path, sizeof path, stdin) != NULL) {
    path[strcspn(path, "\n")] = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) continue;
    uint8_t *bytes = malloc(largest_seed);
    size_t size = fread(bytes, 1, largest_seed, file);
    fclose(file);
    if (size > 20) seeds[count++] = (file_bytes){bytes, size};
    else free(bytes);
  }
  return count;
}

static uint32_t crc32_of(const uint8_t *bytes, size_t count) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

// Makes the checksums of a PNG's chunks right again, so that the damage gets past them.
static void mend_checksums(uint8_t *bytes, size_t count) {
  for (size_t at = 8; at + 12 <= count;) {
    uint32_t length = (uint32_t)bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
    if (length > count - at - 12) return;
    uint32_t crc = crc32_of(bytes + at + 4, length + 4);
    for (int i = 0; i < 4; i++) bytes[at + 8 + length + i] = (uint8_t)(crc >> (24 - 8 * i));
    at += length + 12;
  }
}

static const uint8_t interesting[] = {0, 1, 2, 7, 8, 16, 32, 64, 127, 128, 200, 254, 255};

// One mutation in place; may change the size, up to `capacity`.
static size_t mutate_once(uint8_t *bytes, size_t count, size_t capacity, const file_bytes *other) {
  uint32_t at = next_random((uint32_t)count);
  uint32_t length = 1 + next_random(count - at < 64 ? (uint32_t)(count - at) : 64);
  switch (next_random(8)) {
    case 0: bytes[at] ^= 1 << next_random(8); return count;
    case 1: bytes[at] = (uint8_t)next_random(256); return count;
    case 2: bytes[at] = interesting[next_random(sizeof interesting)]; return count;
    case 3:  // remove
      memmove(bytes + at, bytes + at + length, count - at - length);
      return count - length > 20 ? count - length : count;
    case 4:  // repeat
      if (count + length > capacity) return count;
      memmove(bytes + at + length, bytes + at, count - at);
      return count + length;
    case 5: {  // from another file
      uint32_t from = next_random((uint32_t)other->count);
      size_t taken = other->count - from < length ? other->count - from : length;
      memcpy(bytes + at, other->bytes + from, taken);
      return count;
    }
    case 6: memset(bytes + at, (int)next_random(256), length); return count;
    default: return next_random(8) == 0 && at > 20 ? at : count;  // cut, now and then
  }
}

typedef struct {
  long decoded, refused;
  double slowest;
} tally;

static void count_answer(tally *t, const uint8_t *bytes, size_t count, fovea_limits limits) {
  // A copy of exactly this size: a byte too far is then seen.
  uint8_t *exact = malloc(count);
  memcpy(exact, bytes, count);
  clock_t start = clock();
  fovea_code code = decode_bytes(exact, count, limits);
  double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  free(exact);
  if (code == FOVEA_OK) t->decoded += 1;
  else t->refused += 1;
  if (seconds > t->slowest) t->slowest = seconds;
}

static void print_tally(const char *what, const char *kind, const tally *t) {
  printf("%ld %s %s: %ld decoded, %ld refused, slowest %.3f s\n", t->decoded + t->refused, kind, what,
      t->decoded, t->refused, t->slowest);
}

int main(int argc, char **argv) {
  if (argc < 4) return 64;
  bool is_png = strcmp(argv[1], "png") == 0;
  long wanted = atol(argv[2]);
  state = strtoull(argv[3], NULL, 10) * 0x9E3779B97F4A7C15 + 1;
  static file_bytes seeds[most_seeds];
  static uint8_t bytes[2 * largest_seed];
  size_t seed_count = read_seeds(seeds);
  if (seed_count == 0) return 66;
  tally whole = {0}, mutated = {0};
  for (size_t i = 0; i < seed_count; i++) count_answer(&whole, seeds[i].bytes, seeds[i].count, default_limits);
  print_tally("seeds", argv[1], &whole);
  for (long i = 0; i < wanted; i++) {
    const file_bytes *seed = &seeds[next_random((uint32_t)seed_count)];
    size_t count = seed->count;
    memcpy(bytes, seed->bytes, count);
    for (uint32_t n = 1 + next_random(8); n > 0; n--) {
      count = mutate_once(bytes, count, sizeof bytes, &seeds[next_random((uint32_t)seed_count)]);
    }
    if (is_png && next_random(4) > 0) mend_checksums(bytes, count);
    count_answer(&mutated, bytes, count, small_limits(i % 4 == 0));
  }
  if (wanted > 0) print_tally("mutations", argv[1], &mutated);
  for (size_t i = 0; i < seed_count; i++) free(seeds[i].bytes);
}
