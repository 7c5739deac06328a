#include <lcms2.h>

// Little CMS describes sample layouts by macros that only C can read.

/// Interleaved samples of `space` (PT_GRAY, PT_RGB, PT_CMYK): 8 bits, or big-endian pairs; with an alpha that is
/// passed over; inverted as Adobe writes inks.
static inline cmsUInt32Number fovea_lcms_format(int space, int channels, int wide, int alpha, int inverted) {
  int swapped = wide && *(const unsigned char *)&(unsigned short){1} == 1;
  return COLORSPACE_SH(space) | CHANNELS_SH(channels) | BYTES_SH(wide ? 2 : 1) | ENDIAN16_SH(swapped)
      | EXTRA_SH(alpha) | FLAVOR_SH(inverted);
}
