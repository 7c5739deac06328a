#pragma once
// What every width shares, over the primitives of avx512.h, avx2.h or neon.h.

#define always_inline inline __attribute__((always_inline))
#define unrolled _Pragma("clang loop unroll(full)")

#if !FOVEA_ELEMENT_IS_BFLOAT16
static always_inline vec load(const element *from) { return load_floats(from); }
static always_inline vec load_part(const element *from, part lanes) { return load_floats_part(from, lanes); }
static always_inline void store(element *to, vec x) { store_floats(to, x); }
static always_inline void store_part(element *to, vec x, part lanes) { store_floats_part(to, x, lanes); }
#endif

static always_inline vec fused(vec a, vec b, vec c) {
  return __builtin_elementwise_fma(a, b, c);
}  // a · b + c

// Vectors of a row, one beside the other.
static always_inline void store_side_by_side(element *to, const vec *x, size_t count) {
#if FOVEA_VECTOR_HAS_BFLOAT16
  if (count == 2) return store_two(to, x[0], x[1]);
#endif
  unrolled for (size_t v = 0; v < count; v++) store(to + v * LANES, x[v]);
}

// Whole vectors, or the first lanes of the last one: `whole` is a constant at every use.
static always_inline vec load_lanes(const element *from, part lanes, bool whole) {
  return whole ? load(from) : load_part(from, lanes);
}
static always_inline void store_lanes(element *to, vec x, part lanes, bool whole) {
  if (whole) store(to, x);
  else store_part(to, x, lanes);
}
static always_inline vec load_floats_lanes(const float *from, part lanes, bool whole) {
  return whole ? load_floats(from) : load_floats_part(from, lanes);
}
static always_inline void store_floats_lanes(float *to, vec x, part lanes, bool whole) {
  if (whole) store_floats(to, x);
  else store_floats_part(to, x, lanes);
}

// Runs `body`, which sees `c`, `lanes` and `whole`, over the channels [0, count): the whole vectors, then
// the rest.
#define for_channels(c, count, ...)                        \
  do {                                                     \
    size_t c = 0;                                          \
    {                                                      \
      enum { whole = true };                               \
      part lanes = first_lanes(LANES);                     \
      (void)lanes;                                         \
      for (; c + LANES <= (count); c += LANES) __VA_ARGS__ \
    }                                                      \
    if (c < (count)) {                                     \
      enum { whole = false };                              \
      part lanes = first_lanes((count) - c);               \
      __VA_ARGS__                                          \
    }                                                      \
  } while (0)

// A bundle is what one load of elements gives: a vector, or two where they are bfloat16 under AVX-512 (the
// even and the odd channels). A body over bundles takes `halves`, a constant at every use: HALVES, or 1 for
// the rest.
typedef struct {
  vec v[2];
} bundle;

#if FOVEA_VECTOR_IS_PAIRED
enum { HALVES = 2 };
static always_inline bundle bundle_of(paired x) { return (bundle){{x.even, x.odd}}; }
#else
enum { HALVES = 1 };
#endif

static always_inline bundle load_bundle(const element *from, part lanes, bool whole, size_t halves) {
#if FOVEA_VECTOR_IS_PAIRED
  if (halves == 2) return bundle_of(paired_elements(from));
#endif
  (void)halves;
  return (bundle){{load_lanes(from, lanes, whole)}};
}
static always_inline bundle load_float_bundle(const float *from, part lanes, bool whole, size_t halves) {
#if FOVEA_VECTOR_IS_PAIRED
  if (halves == 2) return bundle_of(paired_floats(from));
#endif
  (void)halves;
  return (bundle){{load_floats_lanes(from, lanes, whole)}};
}
static always_inline void store_bundle(element *to, bundle x, part lanes, bool whole, size_t halves) {
#if FOVEA_VECTOR_IS_PAIRED
  if (halves == 2) return store_paired(to, (paired){x.v[0], x.v[1]});
#endif
  (void)halves;
  store_lanes(to, x.v[0], lanes, whole);
}
static always_inline void store_float_bundle(float *to, bundle x, part lanes, bool whole, size_t halves) {
#if FOVEA_VECTOR_IS_PAIRED
  if (halves == 2) return store_paired_floats(to, (paired){x.v[0], x.v[1]});
#endif
  (void)halves;
  store_floats_lanes(to, x.v[0], lanes, whole);
}

static always_inline bundle splat_bundle(float x) { return (bundle){{splat(x), splat(x)}}; }

// A parameter of each channel, or `otherwise` where there is none.
static always_inline bundle parameter(const float *from, size_t c, float otherwise, part lanes, bool whole,
                                      size_t halves) {
  return from ? load_float_bundle(from + c, lanes, whole, halves) : splat_bundle(otherwise);
}

#define each_half(h) unrolled for (size_t h = 0; h < halves; h++)

// Runs `body`, which sees `c`, `lanes`, `whole` and `halves`, over the channels [0, count): whole bundles,
// then the rest by (parts of) vectors.
#define for_bundles(c, count, ...)                                           \
  do {                                                                       \
    size_t c = 0;                                                            \
    {                                                                        \
      enum { whole = true, halves = HALVES };                                \
      part lanes = first_lanes(LANES);                                       \
      (void)lanes;                                                           \
      for (; c + HALVES * LANES <= (count); c += HALVES * LANES) __VA_ARGS__ \
    }                                                                        \
    for (; c < (count); c += LANES) {                                        \
      enum { whole = false, halves = 1 };                                    \
      part lanes = first_lanes((count) - c < LANES ? (count) - c : LANES);   \
      __VA_ARGS__                                                            \
    }                                                                        \
  } while (0)

// total = the sum over [0, count) of a vector expression in `at`, `lanes` and `whole`: in four running
// vectors, added as (0 + 1) + (2 + 3), then across lanes; the order depends on the count alone.
#define sum_over_row(total, count, at, ...)                                        \
  do {      vec running_[4] = {};                                                          \
    size_t next_ = 0;                                                              \
    {         enum { whole = true };                                                       \
      part lanes = first_lanes(LANES);                                             \
      (void)lanes;                                                                 \
      for (; next_ + 4 * LANES <= (count); next_ += 4 * LANES) {                   \
        unrolled for (size_t v_ = 0; v_ < 4; v_++) {                               \
          size_t at = next_ + v_ * LANES;                                          \
          running_[v_] += (__VA_ARGS__);                                           \
        }                                                                          \
      }       for (; next_ + LANES <= (count); next_ += LANES) {                           \
        size_t at = next_;                                                         \
        running_[0] += (__VA_ARGS__);                                              \
      }     }       if (next_ < (count)) {                                                         \
      enum { whole = false };                                                      \
      part lanes = first_lanes((count) - next_);                                   \
      size_t at = next_;                                                           \
      running_[1] += keep_part((__VA_ARGS__), lanes, splat(0));                    \
    }       total = reduce_add((running_[0] + running_[1]) + (running_[2] + running_[3])); \
  } while (0)

// eˣ within 2 ulp: x = n·ln 2 + r, a minimax polynomial of degree 6 for eʳ; infinity above 89. Below −80 it
// is 0: softmax divides it by a sum and multiplies with it, and denormal numbers cost a hundred times the
// rest.
static always_inline vec exponential(vec x) {
  vec bounded = minimum(splat(89), maximum(splat(-80), x));
  vec n = __builtin_elementwise_roundeven(bounded * splat(1.44269504f));
  vec r = fused(n, splat(-0.693145752f), bounded);
  r = fused(n, splat(-1.42860677e-6f), r);
  vec q = splat(0.001395053812302649f);
  q = fused(q, r, splat(0.008368917740881443f));
  q = fused(q, r, splat(0.04166620597243309f));
  q = fused(q, r, splat(0.166665181517601f));
  q = fused(q, r, splat(0.5f));
  vec power = times_power_of_two(fused(q, r * r, r) + splat(1), n);
  return (vec)((ivec)power & ~(ivec)(x < splat(-80)));
}
