// Decodes one file with the default limits; prints its answer, its time and how much the process grew.
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "decode.h"

static long peak_kilobytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

int main(int argc, char **argv) {
  if (argc < 2) return 64;
  long before = peak_kilobytes();
  clock_t start = clock();
  fovea_code code = decode_file(argv[1]);
  double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  printf("%-70s code %2d  %7.3f s  +%6.1f MB\n", argv[1], code, seconds, (double)(peak_kilobytes() - before) / 1024);
}
