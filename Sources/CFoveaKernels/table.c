#include "CFoveaKernels.h"
