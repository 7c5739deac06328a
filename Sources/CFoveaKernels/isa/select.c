#include "../include/CFoveaKernels.h"
#include "../instances/list.h"

FOVEA_TABLES(FOVEA_DECLARE_TABLE)

bool fovea_isa_supported(fovea_isa isa, const fovea_machine *machine) {
  switch (isa) {
    case FOVEA_ISA_SCALAR: return true;
    case FOVEA_ISA_NEON: return machine->neon;
    case FOVEA_ISA_AVX2: return machine->avx2_fma;
    case FOVEA_ISA_AVX512: return machine->avx2_fma && machine->avx512;
    case FOVEA_ISA_AVX512BF16: return machine->avx2_fma && machine->avx512 && machine->avx512_bf16;
    case FOVEA_ISA_AMX:
      return machine->avx2_fma && machine->avx512 && machine->avx512_bf16 && machine->amx_bf16;
    case FOVEA_ISA_COUNT: return false;
  }
  return false;
}

fovea_isa fovea_isa_best(const fovea_machine *machine) {
  fovea_isa best = FOVEA_ISA_SCALAR;
  for (int isa = 0; isa < FOVEA_ISA_COUNT; isa++) {
    if (fovea_isa_supported((fovea_isa)isa, machine)) best = (fovea_isa)isa;
  }
  return best;
}

const char *fovea_isa_name(fovea_isa isa) {
  static const char *const names[FOVEA_ISA_COUNT] = {"scalar", "neon", "avx2", "avx512", "avx512bf16", "amx"};
  return (unsigned)isa < FOVEA_ISA_COUNT ? names[isa] : "unknown";
}

// Whether tables of `isa` can exist in this build; above them, a lower table serves.
static bool compiled(fovea_isa isa) {
  switch (isa) {
    case FOVEA_ISA_SCALAR: return true;
#if defined(__x86_64__)
    case FOVEA_ISA_AVX2:
    case FOVEA_ISA_AVX512:
    case FOVEA_ISA_AVX512BF16:
    case FOVEA_ISA_AMX: return true;
#elif defined(__aarch64__)
    case FOVEA_ISA_NEON: return true;
#endif
    default: return false;
  }
}

const fovea_kernels *fovea_kernels_for(fovea_isa isa, fovea_precision precision) {
  if (!compiled(isa)) return NULL;
#define FOVEA_TAKE_TABLE(table_isa, table_precision, symbol) \
  if (isa >= FOVEA_ISA_##table_isa && precision == FOVEA_##table_precision) return &symbol;
  FOVEA_TABLES(FOVEA_TAKE_TABLE)
  return NULL;
}
