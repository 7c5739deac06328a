// Every operation's scalar reference, for the `element` included before.

#include "../activation/reference.h"
#include "../attention/reference.h"
#include "../depthwise/reference.h"
#include "../elementwise/reference.h"
#include "../normalise/reference.h"
#include "../product/pack.h"
#include "../product/reference.h"
#include "../resample/reference.h"
#include "../softmax/reference.h"
