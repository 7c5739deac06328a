#include "faults.h"

static _Thread_local uint64_t countdown[FOVEA_FAULT_KINDS];
static _Thread_local bool fired[FOVEA_FAULT_KINDS];

void fovea_fault_arm(fovea_fault kind, uint64_t k) {
  countdown[kind] = k;
  fired[kind] = false;
}

bool fovea_fault_fired(fovea_fault kind) { return fired[kind]; }

bool fovea_fault_strikes(fovea_fault kind) {
  if (countdown[kind] == 0) return false;
  countdown[kind] -= 1;
  if (countdown[kind] > 0) return false;
  fired[kind] = true;
  return true;
}
