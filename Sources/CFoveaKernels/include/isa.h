#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Instruction sets, worst first: the selector takes the last that the machine supports.
typedef enum {
  FOVEA_ISA_SCALAR,
  FOVEA_ISA_NEON,
  FOVEA_ISA_AVX2,
  FOVEA_ISA_AVX512,
  FOVEA_ISA_AVX512BF16,
  FOVEA_ISA_AMX,
  FOVEA_ISA_COUNT
} fovea_isa;

/// What the elements of maps are.
typedef enum { FOVEA_FLOAT32, FOVEA_BFLOAT16 } fovea_precision;

/// What the processor and the operating system say, read once; tests pass pretend machines.
typedef struct {
  bool avx2_fma;      // AVX2, FMA, F16C and the ymm state enabled in XCR0
  bool avx512;        // F, BW, DQ, VL and the zmm state enabled
  bool avx512_bf16;
  bool amx_bf16;      // AMX-TILE and AMX-BF16, tile state enabled in XCR0 and permission granted
  bool neon;
  size_t l1_bytes, l2_bytes, l3_bytes;  // of one core's data caches; 0 where unknown
  char model[64];
} fovea_machine;

/// Reads this machine. Asks the kernel for AMX's tile state, which may be refused.
fovea_machine fovea_machine_detect(void);

/// The processors that this process may run on.
int fovea_processors(void);

/// Whether a machine can run the kernels of an instruction set.
bool fovea_isa_supported(fovea_isa isa, const fovea_machine *machine);

/// The best instruction set of a machine.
fovea_isa fovea_isa_best(const fovea_machine *machine);

/// The name used by FOVEA_FORCE_ISA: scalar, neon, avx2, avx512, avx512bf16, amx.
const char *fovea_isa_name(fovea_isa isa);
