#pragma once
#include "../include/CFoveaKernels.h"

// One row's sums in a register tile.

enum { PANEL_VECTORS = FOVEA_PANEL / LANES };
typedef vec tile_row[TILE_PANELS * PANEL_VECTORS];
