#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  decode_bytes(data, size, small_limits(size % 2 == 1));
  return 0;
}
