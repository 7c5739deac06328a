#pragma once
// Four floats at a time. Included after arm_neon.h.

enum { LANES = 4 };
typedef float vec __attribute__((vector_size(16)));
typedef int32_t ivec __attribute__((vector_size(16)));
typedef size_t part;  // the first lanes of a vector

static inline part first_lanes(size_t count) { return count; }

static inline vec splat(float x) { return (vec)vdupq_n_f32(x); }
static inline vec load_floats(const float *from) { return (vec)vld1q_f32(from); }
static inline vec load_floats_part(const float *from, part lanes) {
  float copy[4] = {0};
  for (size_t i = 0; i < lanes; i++) copy[i] = from[i];
  return load_floats(copy);
}
static inline void store_floats(float *to, vec x) { vst1q_f32(to, (float32x4_t)x); }
static inline void store_floats_part(float *to, vec x, part lanes) {
  float copy[4];
  store_floats(copy, x);
  for (size_t i = 0; i < lanes; i++) to[i] = copy[i];
}

// x in the first lanes, `otherwise` in the rest.
static inline vec keep_part(vec x, part lanes, vec otherwise) {
  uint32x4_t lane = {0, 1, 2, 3};
  uint32x4_t kept = vcltq_u32(lane, vdupq_n_u32((uint32_t)lanes));
  return (vec)vbslq_f32(kept, (float32x4_t)x, (float32x4_t)otherwise);
}

// b where either is NaN.
static inline vec maximum(vec a, vec b) {
  float32x4_t x = (float32x4_t)a, y = (float32x4_t)b;
  return (vec)vbslq_f32(vcgtq_f32(x, y), x, y);
}
static inline vec minimum(vec a, vec b) {
  float32x4_t x = (float32x4_t)a, y = (float32x4_t)b;
  return (vec)vbslq_f32(vcltq_f32(x, y), x, y);
}

static inline vec where_positive(vec x, vec yes, vec no) {
  return (vec)vbslq_f32(vcgtzq_f32((float32x4_t)x), (float32x4_t)yes, (float32x4_t)no);
}

// x · 2ⁿ for whole n in [−252, 254], in two steps so that neither overflows.
static inline vec times_power_of_two(vec x, vec n) {
  ivec whole = __builtin_convertvector(n, ivec), half = whole >> 1;
  return x * (vec)((half + 127) << 23) * (vec)((whole - half + 127) << 23);
}

static inline vec square_root(vec x) { return (vec)vsqrtq_f32((float32x4_t)x); }
static inline float reduce_add(vec x) { return vaddvq_f32((float32x4_t)x); }
static inline float reduce_max(vec x) { return vmaxvq_f32((float32x4_t)x); }

// A bit for every lane in which a equals b.
static inline uint32_t equal_bits(vec a, vec b) {
  uint32x4_t bits = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(vceqq_f32((float32x4_t)a, (float32x4_t)b), bits));
}

#if FOVEA_ELEMENT_IS_BFLOAT16

static inline vec load(const element *from) { return (vec)vshll_n_u16(vld1_u16(from), 16); }
static inline vec load_part(const element *from, part lanes) {
  element copy[4] = {0};
  for (size_t i = 0; i < lanes; i++) copy[i] = from[i];
  return load(copy);
}
static inline void store(element *to, vec x) {
  uint32x4_t bits = (uint32x4_t)x;
  uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
  uint32x4_t rounded = vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff)));
  uint32x4_t ordered = vceqq_f32((float32x4_t)x, (float32x4_t)x);
  rounded = vbslq_u32(ordered, rounded, vorrq_u32(bits, vdupq_n_u32(0x400000)));
  vst1_u16(to, vshrn_n_u32(rounded, 16));
}
static inline void store_part(element *to, vec x, part lanes) {
  element copy[4];
  store(copy, x);
  for (size_t i = 0; i < lanes; i++) to[i] = copy[i];
}

#endif
