#include "CFoveaCodecs.h"
