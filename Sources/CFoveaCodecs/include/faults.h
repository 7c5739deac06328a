#pragma once
#include <stdbool.h>
#include <stdint.h>

// Failures made on purpose, so that tests can show that every one is answered. The counters belong to
// the calling thread and are off unless armed.

typedef enum { FOVEA_FAULT_ALLOCATION, FOVEA_FAULT_READ, FOVEA_FAULT_WRITE, FOVEA_FAULT_KINDS } fovea_fault;

/// Makes the k-th operation of this kind from now on (k from 1) fail on this thread; 0 disarms.
void fovea_fault_arm(fovea_fault kind, uint64_t k);

/// True when an armed failure of this kind has happened on this thread since it was armed.
bool fovea_fault_fired(fovea_fault kind);

/// Counts one operation of this kind; true when it is the one that must fail.
bool fovea_fault_strikes(fovea_fault kind);
