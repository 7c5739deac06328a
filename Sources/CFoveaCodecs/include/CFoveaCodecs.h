#pragma once

// Decoding PNG and JPEG files row by row, and encoding PNG, over libpng and libjpeg.
// No function prints, exits or lets a longjmp escape; every failure is a code with its detail.

#include "codec_error.h"
#include "content.h"
#include "decoder.h"
#include "encoder.h"
#include "faults.h"
#include "source.h"
