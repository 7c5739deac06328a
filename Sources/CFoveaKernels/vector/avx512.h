#pragma once
// Sixteen floats at a time. Included inside an AVX-512 target region, after immintrin.h.

enum { LANES = 16 };
typedef float vec __attribute__((vector_size(64)));
typedef int32_t ivec __attribute__((vector_size(64)));
typedef __mmask16 part;  // the first lanes of a vector

static inline part first_lanes(size_t count) { return (part)((1u << count) - 1); }

static inline vec splat(float x) { return (vec)_mm512_set1_ps(x); }
static inline vec load_floats(const float *from) { return (vec)_mm512_loadu_ps(from); }
static inline vec load_floats_part(const float *from, part lanes) {
  return (vec)_mm512_maskz_loadu_ps(lanes, from);
}
static inline void store_floats(float *to, vec x) { _mm512_storeu_ps(to, (__m512)x); }
static inline void store_floats_part(float *to, vec x, part lanes) {
  _mm512_mask_storeu_ps(to, lanes, (__m512)x);
}

// x in the first lanes, `otherwise` in the rest.
static inline vec keep_part(vec x, part lanes, vec otherwise) {
  return (vec)_mm512_mask_blend_ps(lanes, (__m512)otherwise, (__m512)x);
}

// b where either is NaN.
static inline vec maximum(vec a, vec b) { return (vec)_mm512_max_ps((__m512)a, (__m512)b); }
static inline vec minimum(vec a, vec b) { return (vec)_mm512_min_ps((__m512)a, (__m512)b); }

static inline vec where_positive(vec x, vec yes, vec no) {
  __mmask16 positive = _mm512_cmp_ps_mask((__m512)x, _mm512_setzero_ps(), _CMP_GT_OQ);
  return (vec)_mm512_mask_blend_ps(positive, (__m512)no, (__m512)yes);
}

// x · 2ⁿ for whole n, without an intermediate overflow.
static inline vec times_power_of_two(vec x, vec n) { return (vec)_mm512_scalef_ps((__m512)x, (__m512)n); }

static inline vec square_root(vec x) { return (vec)_mm512_sqrt_ps((__m512)x); }
static inline float reduce_add(vec x) { return _mm512_reduce_add_ps((__m512)x); }
static inline float reduce_max(vec x) { return _mm512_reduce_max_ps((__m512)x); }

// A bit for every lane in which a equals b.
static inline uint32_t equal_bits(vec a, vec b) {
  return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_EQ_OQ);
}

#if FOVEA_ELEMENT_IS_BFLOAT16

static inline vec widened(__m256i x) { return (vec)_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16); }

static inline __m256i narrowed(vec x) {
#if FOVEA_VECTOR_HAS_BFLOAT16
  return (__m256i)_mm512_cvtneps_pbh((__m512)x);
#else
  __m512i bits = (__m512i)x;
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  __mmask16 unordered = _mm512_cmp_ps_mask((__m512)x, (__m512)x, _CMP_UNORD_Q);
  rounded = _mm512_mask_or_epi32(rounded, unordered, bits, _mm512_set1_epi32(0x400000));
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16));
#endif
}

static inline vec load(const element *from) { return widened(_mm256_loadu_si256((const __m256i *)from)); }
static inline vec load_part(const element *from, part lanes) {
  return widened(_mm256_maskz_loadu_epi16(lanes, from));
}
static inline void store(element *to, vec x) { _mm256_storeu_si256((__m256i *)to, narrowed(x)); }
static inline void store_part(element *to, vec x, part lanes) {
  _mm256_mask_storeu_epi16(to, lanes, narrowed(x));
}

#endif
