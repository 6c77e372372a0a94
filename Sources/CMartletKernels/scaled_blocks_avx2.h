/// Products of blocks with scales of their own or with minima with AVX2. Definitions as in `scaled_blocks_scalar.h`.

#include "scaled_blocks_header.h"

CKQ_INLINE rows8 unsigned_factors(const char *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

CKQ_INLINE rows8 signed_factors(const char *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

CKQ_INLINE block_scales read_scales(run_header header, const char *block, ck_packed_format format) {
    switch (format) {
    case CK_K4:
    case CK_K5: {
        rows8 scale = _mm256_mul_ps(header.scale, unsigned_factors(block));
        return (block_scales){{scale, scale}, _mm256_mul_ps(header.minimum, unsigned_factors(block + 8))};
    }
    case CK_K6: {
        rows8 first = _mm256_mul_ps(header.scale, signed_factors(block));
        return (block_scales){{first, _mm256_mul_ps(header.scale, signed_factors(block + 8))}, rows8_zero()};
    }
    default: return (block_scales){{header.scale, header.scale}, header.minimum};
    }
}

/// A block's values of four inputs, plus 32 in INT6 and K6; signed in AFFINE8.
CKQ_INLINE __m256i block_values(const char *block, ck_packed_format format, int four) {
    const __m256i *data = (const __m256i *)(block + packed_scales_size(format));
    if (format == CK_AFFINE8) return _mm256_loadu_si256(data + four);
    __m256i both = _mm256_loadu_si256(data + four % 4);
    __m256i low = _mm256_and_si256(four < 4 ? both : _mm256_srli_epi16(both, 4), _mm256_set1_epi8(15));
    if (format == CK_K5) {
        __m256i high = _mm256_loadu_si256(data + 4);
        high = four < 4 ? _mm256_slli_epi16(high, 4 - four % 4) : _mm256_srli_epi16(high, four % 4);
        return _mm256_or_si256(low, _mm256_and_si256(high, _mm256_set1_epi8(16)));
    }
    if (packed_is_six_bits(format)) {
        __m256i high = _mm256_loadu_si256(data + 4 + four / 4);
        int shift = 4 - 2 * (four % 4);
        high = shift >= 0 ? _mm256_slli_epi16(high, shift & 15) : _mm256_srli_epi16(high, -shift & 15);
        return _mm256_or_si256(low, _mm256_and_si256(high, _mm256_set1_epi8(48)));
    }
    return low;
}

#ifdef CK_VNNI
/// Adds the products of sixteen inputs.
CKQ_INLINE __m256i add_half(__m256i dot, const __m256i w[4], const int8_t *x, ck_packed_format format) {
    CKQ_UNROLL for (int j = 0; j < 4; j++) {
        __m256i value = format == CK_AFFINE8 ? _mm256_xor_si256(w[j], _mm256_set1_epi8((char)0x80)) : w[j];
        dot = _mm256_dpbusd_epi32(dot, value, four_inputs(x + 4 * j));
    }
    return dot;
}

/// What the values that are not signed are too large by.
CKQ_INLINE int32_t values_offset(ck_packed_format format) {
    return format == CK_AFFINE8 ? 128 : packed_is_six_bits(format) ? 32 : 0;
}
#else
CKQ_INLINE __m256i add_half(__m256i dot, const __m256i w[4], const int8_t *x, ck_packed_format format) {
    __m256i products[4], ones = _mm256_set1_epi16(1);
    CKQ_UNROLL for (int j = 0; j < 4; j++) {
        __m256i four = four_inputs(x + 4 * j);
        products[j] = format == CK_AFFINE8 ? _mm256_maddubs_epi16(_mm256_abs_epi8(w[j]), _mm256_sign_epi8(four, w[j]))
                                           : _mm256_maddubs_epi16(w[j], four);
    }
    if (format == CK_AFFINE8) {
        // two products of 128 · 127 fill sixteen bits
        CKQ_UNROLL for (int j = 0; j < 4; j++) dot = _mm256_add_epi32(dot, _mm256_madd_epi16(products[j], ones));
        return dot;
    }
    // four products of 63 · 127 and eight of 31 · 127 fit
    __m256i a = _mm256_add_epi16(products[0], products[1]), b = _mm256_add_epi16(products[2], products[3]);
    if (!packed_is_six_bits(format)) return _mm256_add_epi32(dot, _mm256_madd_epi16(_mm256_add_epi16(a, b), ones));
    return _mm256_add_epi32(dot, _mm256_add_epi32(_mm256_madd_epi16(a, ones), _mm256_madd_epi16(b, ones)));
}

CKQ_INLINE int32_t values_offset(ck_packed_format format) { return packed_is_six_bits(format) ? 32 : 0; }
#endif

CKQ_INLINE void add_scaled_block(
    rows8 *sums, run_header header, const char *block, const ck_inputs_block *inputs, ck_packed_format format,
    int tokens) {
    block_scales scales = read_scales(header, block, format);
    __m256i dots[CK_PACKED_TOKENS];
    int32_t offset = values_offset(format);
    CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = _mm256_setzero_si256();
    CKQ_UNROLL for (int half = 0; half < 2; half++) {
        __m256i w[4];
        // keeps compilers from computing both halves' weights at once: registers would not suffice
        __asm__ volatile("" ::: "memory");
        CKQ_UNROLL for (int j = 0; j < 4; j++) w[j] = block_values(block, format, 4 * half + j);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            dots[t] = add_half(dots[t], w, inputs->values + 32 * t + 16 * half, format);
            if (format != CK_K6 && half == 0) continue;
            int32_t sum = inputs->offsets[t] / 8;
            if (format == CK_K6) sum = half == 0 ? inputs->halves[t] : sum - inputs->halves[t];
            __m256i dot = _mm256_sub_epi32(dots[t], _mm256_set1_epi32(offset * sum));
            sums[t] = add_scaled(sums[t], dot, scales.scale[half], inputs->scales[t]);
            dots[t] = _mm256_setzero_si256();
        }
    }
    if (!packed_has_minimum(format)) return;
    CKQ_UNROLL for (int t = 0; t < tokens; t++) {
        sums[t] = _mm256_fnmadd_ps(scales.minimum, _mm256_set1_ps(inputs->totals[t]), sums[t]);
    }
}
