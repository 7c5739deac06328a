// Every operation's vector body, for the `element` and the vector primitives included before.

#include "../vector/common.h"

#include "../activation/vector.h"
#include "../attention/apply.h"
#include "../depthwise/vector.h"
#include "../elementwise/vector.h"
#include "../normalise/vector.h"
#include "../product/pack.h"
#include "../product/vector.h"
#include "../resample/vector.h"
#include "../softmax/vector.h"
