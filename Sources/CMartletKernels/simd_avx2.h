/// Sixteen floats in two 256-bit registers. Definitions as in `simd_scalar.h`.

#ifndef MARTLET_SIMD_AVX2_H
#define MARTLET_SIMD_AVX2_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define CK_TARGET __attribute__((target("avx2,fma,f16c")))
#define CK_INLINE static inline __attribute__((always_inline, target("avx2,fma,f16c")))
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#define CK_NARROW_SUMS 4
#define CK_LINEAR_ROWS 2
#define CK_LINEAR_TOKENS 4
#define CK_BLOCK_GROUPS (48 / CK_LINEAR_ROWS)
#define CK_SEGMENT_BLOCKS 32
#define CK_BLOCKS_HEADER "blocks_avx2.h"
#define CK_SCALED_BLOCKS_HEADER "scaled_blocks_avx2.h"
#define CK_UNPACKED_HEADER "unpacked_avx2.h"
#define CK_PASSES_HEADER "passes_avx2.h"
#define CK_TILE_ROWS 6

typedef struct {
    __m256 low, high;
} vec;

#define CK_BOTH(operation, a, b) ((vec){operation((a).low, (b).low), operation((a).high, (b).high)})

CK_INLINE void v_prefetch(const void *address) { _mm_prefetch((const char *)address, _MM_HINT_T1); }
CK_INLINE vec v_set1(float value) { return (vec){_mm256_set1_ps(value), _mm256_set1_ps(value)}; }
CK_INLINE vec v_zero(void) { return (vec){_mm256_setzero_ps(), _mm256_setzero_ps()}; }

CK_INLINE vec v_load(const void *p) {
    return (vec){_mm256_loadu_ps((const float *)p), _mm256_loadu_ps((const float *)p + 8)};
}

CK_INLINE vec v_load_n(const void *p, size_t n) {
    float lanes[16] = {0};
    memcpy(lanes, p, n * sizeof(float));
    return v_load(lanes);
}

CK_INLINE void v_store(float *p, vec v) {
    _mm256_storeu_ps(p, v.low);
    _mm256_storeu_ps(p + 8, v.high);
}

CK_INLINE void v_store_n(float *p, vec v, size_t n) {
    float lanes[16];
    v_store(lanes, v);
    memcpy(p, lanes, n * sizeof(float));
}

CK_INLINE vec v_add(vec a, vec b) { return CK_BOTH(_mm256_add_ps, a, b); }
CK_INLINE vec v_sub(vec a, vec b) { return CK_BOTH(_mm256_sub_ps, a, b); }
CK_INLINE vec v_mul(vec a, vec b) { return CK_BOTH(_mm256_mul_ps, a, b); }
CK_INLINE vec v_div(vec a, vec b) { return CK_BOTH(_mm256_div_ps, a, b); }
CK_INLINE vec v_max(vec a, vec b) { return CK_BOTH(_mm256_max_ps, a, b); }
CK_INLINE vec v_min(vec a, vec b) { return CK_BOTH(_mm256_min_ps, a, b); }

CK_INLINE vec v_fma(vec a, vec b, vec c) {
    return (vec){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}

CK_INLINE vec v_fnma(vec a, vec b, vec c) {
    return (vec){_mm256_fnmadd_ps(a.low, b.low, c.low), _mm256_fnmadd_ps(a.high, b.high, c.high)};
}

CK_INLINE __m256 v_zero_below_half(__m256 value, __m256 x, __m256 limit) {
    return _mm256_and_ps(value, _mm256_cmp_ps(x, limit, _CMP_NLT_UQ));
}

CK_INLINE vec v_zero_below(vec value, vec x, vec limit) {
    return (vec){v_zero_below_half(value.low, x.low, limit.low), v_zero_below_half(value.high, x.high, limit.high)};
}

CK_INLINE __m256 v_add_exponent_half(__m256 p, __m256 t) {
    __m256i shifted = _mm256_slli_epi32(_mm256_castps_si256(t), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), shifted));
}

CK_INLINE vec v_add_exponent(vec p, vec t) { return CK_BOTH(v_add_exponent_half, p, t); }

CK_INLINE __m128 v_quarter(vec v) {
    __m256 a = _mm256_add_ps(v.low, v.high);
    return _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
}

CK_INLINE float v_sum(vec v) {
    __m128 b = v_quarter(v);
    b = _mm_add_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}

CK_INLINE float v_greatest(vec v) {
    __m256 a = _mm256_max_ps(v.low, v.high);
    __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_max_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_max_ss(b, _mm_movehdup_ps(b)));
}

CK_INLINE __m256 v_load_bf16_half(const void *p) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

CK_INLINE vec v_load_bf16(const void *p) {
    return (vec){v_load_bf16_half(p), v_load_bf16_half((const char *)p + 16)};
}

CK_INLINE vec v_load_f16(const void *p) {
    const __m128i *halves = (const __m128i *)p;
    return (vec){_mm256_cvtph_ps(_mm_loadu_si128(halves)), _mm256_cvtph_ps(_mm_loadu_si128(halves + 1))};
}

CK_INLINE void v_load_bf16_pair(const void *p, vec *even, vec *odd) {
    __m256i a = _mm256_loadu_si256((const __m256i *)p), b = _mm256_loadu_si256((const __m256i *)p + 1);
    __m256i upper = _mm256_set1_epi32((int)0xffff0000);
    even->low = _mm256_castsi256_ps(_mm256_slli_epi32(a, 16));
    even->high = _mm256_castsi256_ps(_mm256_slli_epi32(b, 16));
    odd->low = _mm256_castsi256_ps(_mm256_and_si256(a, upper));
    odd->high = _mm256_castsi256_ps(_mm256_and_si256(b, upper));
}

CK_INLINE __m256i v_bf16_bits(__m256 v) {
    __m256i bits = _mm256_castps_si256(v);
    __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    __m256 unordered = _mm256_cmp_ps(v, v, _CMP_UNORD_Q);
    __m256 chosen = _mm256_blendv_ps(_mm256_castsi256_ps(rounded), _mm256_castsi256_ps(quiet), unordered);
    return _mm256_srli_epi32(_mm256_castps_si256(chosen), 16);
}

/// Eight even and eight odd ones of sixteen floats.
CK_INLINE void split_pairs(const float *p, __m256 *even, __m256 *odd) {
    __m256 a = _mm256_loadu_ps(p), b = _mm256_loadu_ps(p + 8);
    __m256d low = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88)), high = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xdd));
    *even = _mm256_castpd_ps(_mm256_permute4x64_pd(low, 0xd8));
    *odd = _mm256_castpd_ps(_mm256_permute4x64_pd(high, 0xd8));
}

CK_INLINE void v_load_pairs(const float *p, vec *even, vec *odd) {
    split_pairs(p, &even->low, &odd->low);
    split_pairs(p + 16, &even->high, &odd->high);
}

CK_INLINE void v_store_bf16(void *p, vec v) {
    __m256i packed = _mm256_packus_epi32(v_bf16_bits(v.low), v_bf16_bits(v.high));
    _mm256_storeu_si256((__m256i *)p, _mm256_permute4x64_epi64(packed, 0xd8));
}

CK_INLINE void v_store_f16(void *p, vec v) {
    __m128i *halves = (__m128i *)p;
    _mm_storeu_si128(halves, _mm256_cvtps_ph(v.low, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    _mm_storeu_si128(halves + 1, _mm256_cvtps_ph(v.high, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

CK_INLINE vec v_load_i8(const void *p) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    return (vec){
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)),
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_unpackhi_epi64(bytes, bytes))),
    };
}

CK_INLINE void v_store_i8(void *p, vec v) {
    __m256i halves = _mm256_packs_epi32(_mm256_cvtps_epi32(v.low), _mm256_cvtps_epi32(v.high));
    halves = _mm256_permute4x64_epi64(halves, 0xd8);
    __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
    _mm_storeu_si128((__m128i *)p, bytes);
}

/// out[i] = the sum of a[i].
CK_INLINE void v_sum4(const vec a[4], float out[4]) {
    __m128 p = v_quarter(a[0]), q = v_quarter(a[1]), r = v_quarter(a[2]), s = v_quarter(a[3]);
    __m128 x = _mm_add_ps(_mm_movelh_ps(p, q), _mm_movehl_ps(q, p));
    __m128 y = _mm_add_ps(_mm_movelh_ps(r, s), _mm_movehl_ps(s, r));
    _mm_storeu_ps(out, _mm_add_ps(_mm_shuffle_ps(x, y, 0x88), _mm_shuffle_ps(x, y, 0xdd)));
}

/// out[2 · j + i] = the sum of a[4 · i + j]: sums of a tile of two rows × four tokens, by token.
CK_INLINE void v_sum8(const vec a[8], float out[8]) {
    float rows[2][4];
    v_sum4(a, rows[0]);
    v_sum4(a + 4, rows[1]);
    CK_UNROLL for (int j = 0; j < 4; j++) {
        out[2 * j] = rows[0][j];
        out[2 * j + 1] = rows[1][j];
    }
}

/// Sixteen elements of a table of bytes, by indices below sixteen.
#define CK_LOOKUP(result, table, indices) ((result) = (bytes16)_mm_shuffle_epi8((__m128i)(table), (__m128i)(indices)))

CK_INLINE float s_f16(uint16_t h) { return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h))); }

#define CK_SUM_TILE v_sum8

#endif
