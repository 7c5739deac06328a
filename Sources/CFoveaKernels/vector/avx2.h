#pragma once
// Eight floats at a time. Included inside an AVX2 and FMA target region, after immintrin.h.

enum { LANES = 8 };
typedef float vec __attribute__((vector_size(32)));
typedef int32_t ivec __attribute__((vector_size(32)));
typedef struct {
  __m256i mask;
  size_t count;
} part;  // the first lanes of a vector

static inline part first_lanes(size_t count) {
  __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return (part){_mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane), count};
}

static inline vec splat(float x) { return (vec)_mm256_set1_ps(x); }
static inline vec load_floats(const float *from) { return (vec)_mm256_loadu_ps(from); }
static inline vec load_floats_part(const float *from, part lanes) {
  return (vec)_mm256_maskload_ps(from, lanes.mask);
}
static inline void store_floats(float *to, vec x) { _mm256_storeu_ps(to, (__m256)x); }
static inline void store_floats_part(float *to, vec x, part lanes) {
  _mm256_maskstore_ps(to, lanes.mask, (__m256)x);
}

// x in the first lanes, `otherwise` in the rest.
static inline vec keep_part(vec x, part lanes, vec otherwise) {
  return (vec)_mm256_blendv_ps((__m256)otherwise, (__m256)x, (__m256)lanes.mask);
}

// b where either is NaN.
static inline vec maximum(vec a, vec b) { return (vec)_mm256_max_ps((__m256)a, (__m256)b); }
static inline vec minimum(vec a, vec b) { return (vec)_mm256_min_ps((__m256)a, (__m256)b); }

static inline vec where_positive(vec x, vec yes, vec no) {
  __m256 positive = _mm256_cmp_ps((__m256)x, _mm256_setzero_ps(), _CMP_GT_OQ);
  return (vec)_mm256_blendv_ps((__m256)no, (__m256)yes, positive);
}

// x · 2ⁿ for whole n in [−252, 254], in two steps so that neither overflows.
static inline vec times_power_of_two(vec x, vec n) {
  ivec whole = __builtin_convertvector(n, ivec), half = whole >> 1;
  return x * (vec)((half + 127) << 23) * (vec)((whole - half + 127) << 23);
}

static inline vec square_root(vec x) { return (vec)_mm256_sqrt_ps((__m256)x); }
static inline float reduce_add(vec x) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128((__m256)x), _mm256_extractf128_ps((__m256)x, 1));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
static inline float reduce_max(vec x) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128((__m256)x), _mm256_extractf128_ps((__m256)x, 1));
  __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// A bit for every lane in which a equals b.
static inline uint32_t equal_bits(vec a, vec b) {
  return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_EQ_OQ));
}

#if FOVEA_ELEMENT_IS_BFLOAT16

static inline vec widened(__m128i x) { return (vec)_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16); }

static inline __m128i narrowed(vec x) {
  __m256i bits = (__m256i)x;
  __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  __m256 unordered = _mm256_cmp_ps((__m256)x, (__m256)x, _CMP_UNORD_Q);
  rounded = (__m256i)_mm256_blendv_ps((__m256)rounded, (__m256)quiet, unordered);
  rounded = _mm256_srli_epi32(rounded, 16);
  return _mm_packus_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
}

static inline vec load(const element *from) { return widened(_mm_loadu_si128((const __m128i *)from)); }
static inline vec load_part(const element *from, part lanes) {
  element copy[8] = {0};
  for (size_t i = 0; i < lanes.count; i++) copy[i] = from[i];
  return load(copy);
}
static inline void store(element *to, vec x) { _mm_storeu_si128((__m128i *)to, narrowed(x)); }
static inline void store_part(element *to, vec x, part lanes) {
  element copy[8];
  store(copy, x);
  for (size_t i = 0; i < lanes.count; i++) to[i] = copy[i];
}

#endif
