/// Sixteen floats in one 512-bit register. Definitions as in `simd_scalar.h`.

#ifndef MARTLET_SIMD_AVX512_H
#define MARTLET_SIMD_AVX512_H

#include <immintrin.h>
#include <stdint.h>

#if defined CK_DOT_BF16
#define CK_FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx2,fma,f16c"
#elif defined CK_VNNI
#define CK_FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"
#else
#define CK_FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c"
#endif
#define CK_TARGET __attribute__((target(CK_FEATURES)))
#define CK_INLINE static inline __attribute__((always_inline, target(CK_FEATURES)))
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#define CK_NARROW_SUMS 16
#define CK_LINEAR_ROWS 4
#define CK_LINEAR_TOKENS 4
#define CK_BLOCK_GROUPS (16 / CK_LINEAR_ROWS)
#define CK_SEGMENT_BLOCKS 0
#define CK_BLOCKS_HEADER "blocks_avx2.h"
#define CK_SCALED_BLOCKS_HEADER "scaled_blocks_avx2.h"
#define CK_UNPACKED_HEADER "unpacked_avx2.h"
#define CK_PASSES_HEADER "passes_one.h"
#define CK_TILE_ROWS 8

typedef __m512 vec;

CK_INLINE void v_prefetch(const void *address) { _mm_prefetch((const char *)address, _MM_HINT_T1); }
CK_INLINE vec v_set1(float value) { return _mm512_set1_ps(value); }
CK_INLINE vec v_zero(void) { return _mm512_setzero_ps(); }
CK_INLINE vec v_load(const void *p) { return _mm512_loadu_ps(p); }
CK_INLINE __mmask16 v_mask(size_t n) { return (__mmask16)((1u << n) - 1); }
CK_INLINE vec v_load_n(const void *p, size_t n) { return _mm512_maskz_loadu_ps(v_mask(n), p); }
CK_INLINE void v_store(float *p, vec v) { _mm512_storeu_ps(p, v); }
CK_INLINE void v_store_n(float *p, vec v, size_t n) { _mm512_mask_storeu_ps(p, v_mask(n), v); }
CK_INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
CK_INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
CK_INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
CK_INLINE vec v_div(vec a, vec b) { return _mm512_div_ps(a, b); }
CK_INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
CK_INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
CK_INLINE vec v_max(vec a, vec b) { return _mm512_max_ps(a, b); }
CK_INLINE vec v_min(vec a, vec b) { return _mm512_min_ps(a, b); }

CK_INLINE vec v_zero_below(vec value, vec x, vec limit) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, limit, _CMP_NLT_UQ), value);
}

CK_INLINE vec v_add_exponent(vec p, vec t) {
    __m512i shifted = _mm512_slli_epi32(_mm512_castps_si512(t), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), shifted));
}

CK_INLINE float v_sum(vec v) {
    __m256 a = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_add_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}

CK_INLINE float v_greatest(vec v) { return _mm512_reduce_max_ps(v); }

CK_INLINE vec v_load_bf16(const void *p) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

CK_INLINE vec v_load_f16(const void *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }

CK_INLINE void v_load_bf16_pair(const void *p, vec *even, vec *odd) {
    __m512i both = _mm512_loadu_si512(p);
    *even = _mm512_castsi512_ps(_mm512_slli_epi32(both, 16));
    *odd = _mm512_castsi512_ps(_mm512_and_si512(both, _mm512_set1_epi32((int)0xffff0000)));
}

CK_INLINE void v_load_pairs(const float *p, vec *even, vec *odd) {
    __m512i order = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    __m512 a = _mm512_loadu_ps(p), b = _mm512_loadu_ps(p + 16);
    *even = _mm512_permutex2var_ps(a, order, b);
    *odd = _mm512_permutex2var_ps(a, _mm512_add_epi32(order, _mm512_set1_epi32(1)), b);
}

CK_INLINE void v_store_bf16(void *p, vec v) {
    __m512i bits = _mm512_castps_si512(v);
    __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
    rounded = _mm512_mask_mov_epi32(rounded, _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), quiet);
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
}

#ifdef CK_DOT_BF16
/// Adds products of thirty-two bfloat16 in pairs, of each pair the second first.
CK_INLINE vec v_dot_bf16(vec sum, const void *a, const void *b) {
    __m512i x = _mm512_loadu_si512(a), y = _mm512_loadu_si512(b);
    return _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)y);
}
#endif

CK_INLINE void v_store_f16(void *p, vec v) {
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

CK_INLINE vec v_load_i8(const void *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

CK_INLINE void v_store_i8(void *p, vec v) {
    _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
}

/// Adds halves of two vectors: the low 256 bits of the result belong to a, the high ones to b.
CK_INLINE vec v_fold8(vec a, vec b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
}

/// Adds neighbouring quarters.
CK_INLINE vec v_fold4(vec a, vec b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
}

/// Adds neighbouring pairs inside each quarter.
CK_INLINE vec v_fold2(vec a, vec b) {
    __m512d x = _mm512_castps_pd(a), y = _mm512_castps_pd(b);
    return _mm512_add_ps(
        _mm512_castpd_ps(_mm512_unpacklo_pd(x, y)), _mm512_castpd_ps(_mm512_unpackhi_pd(x, y)));
}

CK_INLINE void v_sum16(const vec a[16], float out[16]) {
    vec q[4];
    CK_UNROLL for (int i = 0; i < 4; i++)
        q[i] = v_fold4(v_fold8(a[4 * i], a[4 * i + 1]), v_fold8(a[4 * i + 2], a[4 * i + 3]));
    vec x = v_fold2(q[0], q[1]), y = v_fold2(q[2], q[3]);
    _mm512_storeu_ps(out, _mm512_add_ps(_mm512_shuffle_ps(x, y, 0x88), _mm512_shuffle_ps(x, y, 0xdd)));
}

/// Sixteen elements of a table of bytes, by indices below sixteen.
#define CK_LOOKUP(result, table, indices) ((result) = (bytes16)_mm_shuffle_epi8((__m128i)(table), (__m128i)(indices)))

CK_INLINE float s_f16(uint16_t h) { return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h))); }

#define CK_SUM_TILE v_sum16

#endif
