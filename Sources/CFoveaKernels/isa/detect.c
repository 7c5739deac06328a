#define _GNU_SOURCE  // CPU_COUNT
#include <sched.h>
#include <string.h>

#include "../include/CFoveaKernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#include <unistd.h>
#endif

int fovea_processors(void) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

#if defined(__x86_64__)

// State components of XCR0 that the operating system saves.
enum : uint64_t { XCR0_YMM = 0x6, XCR0_ZMM = 0xe6, XCR0_TILES = 0x60000 };

static uint64_t enabled_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

// Linux hands out the tile registers on request only, and may refuse.
static bool tiles_permitted(void) {
#if defined(__linux__)
  enum { request_permission = 0x1023, tile_data = 18 };
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

static void detect_instructions(fovea_machine *machine) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return;
  uint64_t state = enabled_state();
  bool fma = (c & bit_FMA) && (c & bit_AVX) && (c & bit_F16C);
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
  machine->avx2_fma = fma && (b & bit_AVX2) && (state & XCR0_YMM) == XCR0_YMM;
  uint32_t avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
  machine->avx512 = machine->avx2_fma && (b & avx512) == avx512 && (state & XCR0_ZMM) == XCR0_ZMM;
  uint32_t amx = bit_AMXTILE | bit_AMXBF16;
  machine->amx_bf16 = (d & amx) == amx && (state & XCR0_TILES) == XCR0_TILES && tiles_permitted();
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    machine->avx512_bf16 = machine->avx512 && (a & bit_AVX512BF16);
  }
}

static void detect_model(fovea_machine *machine) {
  uint32_t words[12];
  for (uint32_t i = 0; i < 3; i++) {
    uint32_t *w = words + 4 * i;
    if (!__get_cpuid(0x80000002 + i, w, w + 1, w + 2, w + 3)) return;
  }
  const char *name = (const char *)words;
  while (*name == ' ') name++;
  size_t length = strnlen(name, (size_t)((const char *)(words + 12) - name));
  memcpy(machine->model, name, length);
}

#else

static void detect_instructions(fovea_machine *machine) {
#if defined(__aarch64__)
  machine->neon = true;
#else
  (void)machine;
#endif
}

static void detect_model(fovea_machine *machine) {
#if defined(__APPLE__)
  size_t size = sizeof machine->model - 1;
  sysctlbyname("machdep.cpu.brand_string", machine->model, &size, NULL, 0);
#else
  strcpy(machine->model, "aarch64");
#endif
}

#endif

#if defined(__linux__)

static size_t cache_bytes(int name) {
  long size = sysconf(name);
  return size > 0 ? (size_t)size : 0;
}

static void detect_caches(fovea_machine *machine) {
  machine->l1_bytes = cache_bytes(_SC_LEVEL1_DCACHE_SIZE);
  machine->l2_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE);
  machine->l3_bytes = cache_bytes(_SC_LEVEL3_CACHE_SIZE);
}

#elif defined(__APPLE__)

static size_t cache_bytes(const char *performance_core, const char *any_core) {
  uint64_t size = 0;
  size_t length = sizeof size;
  if (sysctlbyname(performance_core, &size, &length, NULL, 0) == 0) return (size_t)size;
  length = sizeof size;
  return sysctlbyname(any_core, &size, &length, NULL, 0) == 0 ? (size_t)size : 0;
}

static void detect_caches(fovea_machine *machine) {
  machine->l1_bytes = cache_bytes("hw.perflevel0.l1dcachesize", "hw.l1dcachesize");
  machine->l2_bytes = cache_bytes("hw.perflevel0.l2cachesize", "hw.l2cachesize");
  machine->l3_bytes = cache_bytes("hw.l3cachesize", "hw.l3cachesize");
}

#else

static void detect_caches(fovea_machine *machine) { (void)machine; }

#endif

fovea_machine fovea_machine_detect(void) {
  fovea_machine machine = {0};
  detect_instructions(&machine);
  detect_model(&machine);
  detect_caches(&machine);
  return machine;
}
