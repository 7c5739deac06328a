// kernel-check: runs every table that this machine supports; the exit status says whether all agreed.
#include "check.h"

static size_t check(fovea_isa isa, fovea_precision precision, const fovea_machine *machine) {
  const fovea_kernels *kernels = fovea_kernels_for(isa, precision);
  if (!kernels || kernels->isa != isa) return 0;
  char name[64];
  snprintf(name, sizeof name, "%s %s", fovea_isa_name(isa),
           precision == FOVEA_FLOAT32 ? "float32" : "bfloat16");
  if (!fovea_isa_supported(isa, machine)) {
    printf("%s: skipped, this machine cannot run it\n", name);
    return 0;
  }
  subject s = {.kernels = kernels,
               .scalar = fovea_kernels_for(FOVEA_ISA_SCALAR, precision),
               .name = name,
               .size = precision == FOVEA_FLOAT32 ? 4 : 2,
               .roundoff = precision == FOVEA_FLOAT32 ? 0x1p-24 : 0x1p-8};
  check_product(&s);
  check_depthwise(&s);
  check_activation(&s);
  check_rows(&s);
  check_attention(&s);
  check_resample(&s);
  check_concentration(&s);
  check_matrix(&s);
  check_batch_norm(&s);
  check_gradients(&s);
  printf("%s: %zu comparisons, %zu failures\n", name, s.comparisons, s.failures);
  return s.failures;
}

int main(void) {
  fovea_machine machine = fovea_machine_detect();
  size_t failures = 0;
  for (int isa = 0; isa < FOVEA_ISA_COUNT; isa++) {
    failures += check((fovea_isa)isa, FOVEA_FLOAT32, &machine);
    failures += check((fovea_isa)isa, FOVEA_BFLOAT16, &machine);
  }
  return failures != 0;
}
