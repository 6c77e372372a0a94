/// Products of quantized blocks with AVX2. Definitions as in `blocks_scalar.h`.

#ifndef MARTLET_BLOCKS_AVX2_H
#define MARTLET_BLOCKS_AVX2_H

#include <immintrin.h>

#ifdef CK_VNNI
#define CKQ_FEATURES "avx512f,avx512vl,avx512vnni,avx2,fma,f16c"
#else
#define CKQ_FEATURES "avx2,fma,f16c"
#endif
#define CKQ_TARGET __attribute__((target(CKQ_FEATURES)))
#define CKQ_INLINE static inline __attribute__((always_inline, target(CKQ_FEATURES)))
#define CKQ_UNROLL _Pragma("clang loop unroll(full)")

typedef __m256 rows8;

CKQ_INLINE rows8 rows8_zero(void) { return _mm256_setzero_ps(); }

CKQ_INLINE rows8 rows8_load(const float *p) { return _mm256_loadu_ps(p); }

CKQ_INLINE void rows8_store(float *p, rows8 v) { _mm256_storeu_ps(p, v); }

CKQ_INLINE rows8 rows8_scaled(rows8 v, float factor) { return _mm256_mul_ps(v, _mm256_set1_ps(factor)); }

CKQ_INLINE rows8 rows8_add(rows8 v, const float *p) { return _mm256_add_ps(v, _mm256_loadu_ps(p)); }

CKQ_INLINE void ckq_prefetch(const void *address) { _mm_prefetch((const char *)address, _MM_HINT_T0); }

CKQ_INLINE rows8 rows8_scales(const char *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }

/// Four neighbouring inputs, once for each row.
CKQ_INLINE __m256i four_inputs(const int8_t *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    return _mm256_set1_epi32(four);
}

/// Adds a block's integer products, scaled, to the sums of a token.
CKQ_INLINE rows8 add_scaled(rows8 sum, __m256i dot, rows8 scales, float input_scale) {
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), _mm256_mul_ps(scales, _mm256_set1_ps(input_scale)), sum);
}

#ifdef CK_VNNI
/// Values of four bits, stored plus 8: four products at a time.
CKQ_INLINE void add_block_int4(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, int tokens) {
    __m256i dots[CK_PACKED_TOKENS], mask = _mm256_set1_epi8(15);
    CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = _mm256_set1_epi32(-inputs->offsets[t]);
    CKQ_UNROLL for (int j = 0; j < 4; j++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)data + j);
        __m256i low = _mm256_and_si256(both, mask), high = _mm256_and_si256(_mm256_srli_epi16(both, 4), mask);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            const int8_t *x = inputs->values + 32 * t + 4 * j;
            dots[t] = _mm256_dpbusd_epi32(dots[t], low, four_inputs(x));
            dots[t] = _mm256_dpbusd_epi32(dots[t], high, four_inputs(x + 16));
        }
    }
    CKQ_UNROLL for (int t = 0; t < tokens; t++) sums[t] = add_scaled(sums[t], dots[t], scales, inputs->scales[t]);
}

/// Values of −127…127: four products at a time, the weights plus 128 to be unsigned, 128 times the inputs taken off.
CKQ_INLINE void add_block_int8(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, int tokens) {
    __m256i dots[CK_PACKED_TOKENS], bias = _mm256_set1_epi8((char)0x80);
    // the offsets are eight times the sums of inputs
    CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = _mm256_set1_epi32(-16 * inputs->offsets[t]);
    CKQ_UNROLL for (int j = 0; j < 8; j++) {
        __m256i w = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)data + j), bias);
        CKQ_UNROLL for (int t = 0; t < tokens; t++)
            dots[t] = _mm256_dpbusd_epi32(dots[t], w, four_inputs(inputs->values + 32 * t + 4 * j));
    }
    CKQ_UNROLL for (int t = 0; t < tokens; t++) sums[t] = add_scaled(sums[t], dots[t], scales, inputs->scales[t]);
}
#else
/// Values of four bits: eight products of 15 · 127 · 2 at most add up in sixteen bits.
///
/// The sixteen inputs of the low halves first, then those of the high ones: all tokens' sums stay in registers.
CKQ_INLINE void add_block_int4(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, int tokens) {
    __m256i products[CK_PACKED_TOKENS], mask = _mm256_set1_epi8(15);
    CKQ_UNROLL for (int half = 0; half < 2; half++) {
        __m256i w[4];
        // keeps compilers from computing both halves' weights at once: registers would not suffice
        __asm__ volatile("" ::: "memory");
        CKQ_UNROLL for (int j = 0; j < 4; j++) {
            __m256i both = _mm256_loadu_si256((const __m256i *)data + j);
            w[j] = _mm256_and_si256(half == 0 ? both : _mm256_srli_epi16(both, 4), mask);
        }
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            const int8_t *x = inputs->values + 32 * t + 16 * half;
            __m256i a = _mm256_maddubs_epi16(w[0], four_inputs(x)), b = _mm256_maddubs_epi16(w[1], four_inputs(x + 4));
            a = _mm256_add_epi16(a, _mm256_maddubs_epi16(w[2], four_inputs(x + 8)));
            b = _mm256_add_epi16(b, _mm256_maddubs_epi16(w[3], four_inputs(x + 12)));
            a = _mm256_add_epi16(a, b);
            products[t] = half == 0 ? a : _mm256_add_epi16(products[t], a);
        }
    }
    CKQ_UNROLL for (int t = 0; t < tokens; t++) {
        __m256i dot = _mm256_madd_epi16(products[t], _mm256_set1_epi16(1));
        dot = _mm256_sub_epi32(dot, _mm256_set1_epi32(inputs->offsets[t]));
        sums[t] = add_scaled(sums[t], dot, scales, inputs->scales[t]);
    }
}

/// Values of −127…127: the input takes the weight's sign, and two products of 127 · 127 fit sixteen bits.
CKQ_INLINE void add_block_int8(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, int tokens) {
    __m256i dots[CK_PACKED_TOKENS], ones = _mm256_set1_epi16(1);
    CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = _mm256_setzero_si256();
    // two steps at a time: unrolled further, compilers reorder the steps and run out of registers
    _Pragma("clang loop unroll_count(2)") for (int j = 0; j < 8; j++) {
        __m256i w = _mm256_loadu_si256((const __m256i *)data + j), magnitude = _mm256_abs_epi8(w);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            __m256i x = _mm256_sign_epi8(four_inputs(inputs->values + 32 * t + 4 * j), w);
            dots[t] = _mm256_add_epi32(dots[t], _mm256_madd_epi16(_mm256_maddubs_epi16(magnitude, x), ones));
        }
    }
    CKQ_UNROLL for (int t = 0; t < tokens; t++) sums[t] = add_scaled(sums[t], dots[t], scales, inputs->scales[t]);
}
#endif

CKQ_INLINE void add_block(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, ck_packed_format format, int tokens) {
    if (format == CK_INT4) {
        add_block_int4(sums, data, scales, inputs, tokens);
    } else {
        add_block_int8(sums, data, scales, inputs, tokens);
    }
}

CKQ_INLINE __m256i rounded_inputs(__m256 x, __m256 inverse) {
    __m256 scaled = _mm256_mul_ps(x, inverse), limit = _mm256_set1_ps(127.5f);
    __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), scaled);
    __m256 fits = _mm256_cmp_ps(magnitude, limit, _CMP_LT_OQ);
    return _mm256_cvtps_epi32(_mm256_blendv_ps(_mm256_set1_ps(-127.0f), scaled, fits));
}

CKQ_INLINE int32_t quantize_block(int8_t *values, float *scale, const float *x) {
    __m256 part[4];
    __m256i magnitude = _mm256_setzero_si256(), mask = _mm256_set1_epi32(0x7fffffff);
    CKQ_UNROLL for (int i = 0; i < 4; i++) {
        part[i] = _mm256_loadu_ps(x + 8 * i);
        magnitude = _mm256_max_epi32(magnitude, _mm256_and_si256(_mm256_castps_si256(part[i]), mask));
    }
    __m128i half = _mm_max_epi32(_mm256_castsi256_si128(magnitude), _mm256_extracti128_si256(magnitude, 1));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    float maximum = ck_float_of((uint32_t)_mm_cvtsi128_si32(half)), inverse = maximum > 0 ? 127.0f / maximum : 0;
    *scale = maximum / 127.0f;
    __m256i whole[4], sum = _mm256_setzero_si256();
    CKQ_UNROLL for (int i = 0; i < 4; i++) {
        whole[i] = rounded_inputs(part[i], _mm256_set1_ps(inverse));
        sum = _mm256_add_epi32(sum, whole[i]);
    }
    __m256i low = _mm256_packs_epi32(whole[0], whole[1]), high = _mm256_packs_epi32(whole[2], whole[3]);
    __m256i bytes = _mm256_packs_epi16(low, high), order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    _mm256_storeu_si256((__m256i *)values, _mm256_permutevar8x32_epi32(bytes, order));
    __m128i total = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    total = _mm_add_epi32(total, _mm_shuffle_epi32(total, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(total, _mm_shuffle_epi32(total, 0xb1)));
}

#endif
