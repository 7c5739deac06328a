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
#define FOVEA_VECTOR_IS_PAIRED 1
#define FOVEA_VECTOR_HAS_ESTIMATES 1

// 1 / (1 + 2ᵗ) within 2⁻¹²: t = n + f, a minimax polynomial for 2ᶠ, and the reciprocal's estimate. Denormal
// powers cost fifty times the rest.
static inline vec logistic_estimate(vec t) {
  t = maximum(splat(-125), t);
  vec f = (vec)_mm512_reduce_ps((__m512)t, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
  vec power = __builtin_elementwise_fma(f, splat(0.0780235899232085f), splat(0.22606866002471475f));
  power = __builtin_elementwise_fma(f, power, splat(0.6958328677886471f));
  power = __builtin_elementwise_fma(f, power, splat(0.999925295972902f));
  return (vec)_mm512_rcp14_ps(_mm512_add_ps(_mm512_set1_ps(1), _mm512_scalef_ps((__m512)power, (__m512)t)));
}

static inline vec widened(__m256i x) { return (vec)_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16); }

#if FOVEA_VECTOR_HAS_BFLOAT16
static inline __m256i narrowed(vec x) { return (__m256i)_mm512_cvtneps_pbh((__m512)x); }
#else
// The upper halves are the elements.
static inline __m512i rounded_bits(vec x) {
  __m512i bits = (__m512i)x;
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  __mmask16 unordered = _mm512_cmp_ps_mask((__m512)x, (__m512)x, _CMP_UNORD_Q);
  return _mm512_mask_or_epi32(rounded, unordered, bits, _mm512_set1_epi32(0x400000));
}
static inline __m256i narrowed(vec x) {
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded_bits(x), 16));
}
#endif

#if FOVEA_VECTOR_HAS_BFLOAT16
static inline void store_two(element *to, vec x, vec y) {
  _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh((__m512)y, (__m512)x));
}
#endif

static inline vec load(const element *from) { return widened(_mm256_loadu_si256((const __m256i *)from)); }
static inline vec load_part(const element *from, part lanes) {
  return widened(_mm256_maskz_loadu_epi16(lanes, from));
}
static inline void store(element *to, vec x) { _mm256_storeu_si256((__m256i *)to, narrowed(x)); }
static inline void store_part(element *to, vec x, part lanes) {
  _mm256_mask_storeu_epi16(to, lanes, narrowed(x));
}

// Thirty-two at a time: a load holds them in pairs, of which a shift makes the even ones floats and a mask
// the odd ones: half the work of widening sixteen by sixteen. Parameters are taken apart in the same way, and
// answers interleaved as they are rounded.
typedef struct {
  vec even, odd;
} paired;

static inline paired paired_floats(const float *from) {
  __m512 low = _mm512_loadu_ps(from), high = _mm512_loadu_ps(from + LANES);
  __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return (paired){(vec)_mm512_permutex2var_ps(low, even, high), (vec)_mm512_permutex2var_ps(low, odd, high)};
}

static inline void store_paired_floats(float *to, paired x) {
  __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  _mm512_storeu_ps(to, _mm512_permutex2var_ps((__m512)x.even, low, (__m512)x.odd));
  _mm512_storeu_ps(to + LANES, _mm512_permutex2var_ps((__m512)x.even, high, (__m512)x.odd));
}

static inline paired paired_elements(const element *from) {
  __m512i both = _mm512_loadu_si512(from);
  return (paired){(vec)_mm512_slli_epi32(both, 16),
                  (vec)_mm512_and_si512(both, _mm512_set1_epi32((int)0xffff0000))};
}

#if FOVEA_VECTOR_HAS_BFLOAT16
static inline void store_paired(element *to, paired x) {
  static const uint16_t order[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                     8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  __m512i apart = (__m512i)_mm512_cvtne2ps_pbh((__m512)x.odd, (__m512)x.even);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(_mm512_loadu_si512(order), apart));
}
#else
static inline void store_paired(element *to, paired x) {
  __m512i even = _mm512_srli_epi32(rounded_bits(x.even), 16);
  _mm512_storeu_si512(to, _mm512_mask_blend_epi16(0xaaaaaaaa, even, rounded_bits(x.odd)));
}
#endif

#endif
