/// Products of blocks by fours of bytes (`vpdpbusd`). Included by `blocks_avx2.h`.

#ifndef MARTLET_PRODUCTS_VNNI_H
#define MARTLET_PRODUCTS_VNNI_H

/// Adds a block's products with weights that were made unsigned to the sums of tokens.
CKQ_INLINE void add_dots(
    rows8 *sums, const __m256i *dots, rows8 scales, const ck_inputs_block *inputs, int tokens) {
    CKQ_UNROLL for (int t = 0; t < tokens; t++) {
        __m256i dot = _mm256_sub_epi32(dots[t], _mm256_set1_epi32(inputs->offsets[t]));
        sums[t] = add_scaled(sums[t], dot, scales, inputs->scales[t]);
    }
}

/// Values of four bits, stored plus 8.
CKQ_INLINE void add_block_int4(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, int tokens) {
    __m256i dots[CK_PACKED_TOKENS], mask = _mm256_set1_epi8(15);
    CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = _mm256_setzero_si256();
    CKQ_UNROLL for (int j = 0; j < 4; j++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)data + j);
        __m256i low = _mm256_and_si256(both, mask), high = _mm256_and_si256(_mm256_srli_epi16(both, 4), mask);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            const int8_t *x = inputs->values + 32 * t + 4 * j;
            dots[t] = _mm256_dpbusd_epi32(dots[t], low, four_inputs(x));
            dots[t] = _mm256_dpbusd_epi32(dots[t], high, four_inputs(x + 16));
        }
    }
    add_dots(sums, dots, scales, inputs, tokens);
}

/// Values of −127…127: four products at a time, the weights plus 128 to be unsigned, 128 times the inputs taken off.
CKQ_INLINE void add_block_int8(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, int tokens) {
    __m256i dots[CK_PACKED_TOKENS], bias = _mm256_set1_epi8((char)0x80);
    CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = _mm256_setzero_si256();
    CKQ_UNROLL for (int j = 0; j < 8; j++) {
        __m256i w = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)data + j), bias);
        CKQ_UNROLL for (int t = 0; t < tokens; t++)
            dots[t] = _mm256_dpbusd_epi32(dots[t], w, four_inputs(inputs->values + 32 * t + 4 * j));
    }
    add_dots(sums, dots, scales, inputs, tokens);
}

/// Whether weights are unpacked for products with so many tokens.
CKQ_INLINE bool unpacks(ck_packed_format format, size_t tokens) {
    (void)format;
    return tokens >= 8;
}

/// Writes a block's four-bit weights as bytes, every four inputs of the eight rows 64 bytes behind the last.
CKQ_INLINE void unpack_int4(uint8_t *to, const char *data) {
    __m256i mask = _mm256_set1_epi8(15);
    CKQ_UNROLL for (int j = 0; j < 4; j++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)data + j);
        _mm256_store_si256((__m256i *)(to + 64 * j), _mm256_and_si256(both, mask));
        _mm256_store_si256((__m256i *)(to + 64 * (j + 4)), _mm256_and_si256(_mm256_srli_epi16(both, 4), mask));
    }
}

/// Writes a block's weights as unsigned bytes, every four inputs of the eight rows 64 bytes behind the last.
CKQ_INLINE void unpack_block(uint8_t *to, const char *data, ck_packed_format format) {
    if (format == CK_INT4) return unpack_int4(to, data);
    __m256i bias = _mm256_set1_epi8((char)0x80);
    CKQ_UNROLL for (int j = 0; j < 8; j++) {
        __m256i w = _mm256_loadu_si256((const __m256i *)data + j);
        _mm256_store_si256((__m256i *)(to + 64 * j), _mm256_xor_si256(w, bias));
    }
}

/// The sums of sixteen rows with a token.
typedef __m512 rows16;

CKQ_INLINE rows16 rows16_zero(void) { return _mm512_setzero_ps(); }

CKQ_INLINE rows16 rows16_load(const float *p) { return _mm512_loadu_ps(p); }

CKQ_INLINE void rows16_store(float *p, rows16 v) { _mm512_storeu_ps(p, v); }

/// Adds a block of unpacked weights of two groups to the sums of tokens.
CKQ_INLINE void add_unpacked(
    rows16 *sums, const uint8_t *weights, const float *scales, const ck_inputs_block *inputs, int tokens) {
    __m512i dots[CK_PACKED_TOKENS];
    CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = _mm512_setzero_si512();
    CKQ_UNROLL for (int j = 0; j < 8; j++) {
        __m512i w = _mm512_load_si512(weights + 64 * j);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            int32_t four;
            memcpy(&four, inputs->values + 32 * t + 4 * j, sizeof four);
            dots[t] = _mm512_dpbusd_epi32(dots[t], w, _mm512_set1_epi32(four));
        }
    }
    __m512 factors = _mm512_load_ps(scales);
    CKQ_UNROLL for (int t = 0; t < tokens; t++) {
        __m512i dot = _mm512_sub_epi32(dots[t], _mm512_set1_epi32(inputs->offsets[t]));
        __m512 scale = _mm512_mul_ps(factors, _mm512_set1_ps(inputs->scales[t]));
        sums[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), scale, sums[t]);
    }
}

#endif
