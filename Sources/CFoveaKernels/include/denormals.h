#pragma once
#include <stdint.h>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

// Numbers below the smallest normal one cost a hundred cycles each where a processor meets them.

/// From now on the calling thread takes such numbers for zeros, read and written. Gives what
/// `fovea_restore_denormals` takes to end it.
static inline uint64_t fovea_flush_denormals(void) {
#if defined(__x86_64__) || defined(__i386__)
  unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // FTZ and DAZ
  return before;
#elif defined(__aarch64__)
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | 1u << 24));  // FZ
  return before;
#else
  return 0;
#endif
}

/// Ends what `fovea_flush_denormals` began.
static inline void fovea_restore_denormals(uint64_t before) {
#if defined(__x86_64__) || defined(__i386__)
  _mm_setcsr((unsigned)before);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(before));
#else
  (void)before;
#endif
}
