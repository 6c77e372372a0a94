/// Products of blocks by pairs of bytes. Included by `blocks_avx2.h`.

#ifndef MARTLET_PRODUCTS_AVX2_H
#define MARTLET_PRODUCTS_AVX2_H

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

/// Whether weights are unpacked for products with so many tokens.
CKQ_INLINE bool unpacks(ck_packed_format format, size_t tokens) { return format == CK_INT4 && tokens >= 8; }

/// Writes a block's four-bit weights as bytes, every four inputs of the eight rows 64 bytes behind the last.
CKQ_INLINE void unpack_int4(uint8_t *to, const char *data) {
    __m256i mask = _mm256_set1_epi8(15);
    CKQ_UNROLL for (int j = 0; j < 4; j++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)data + j);
        _mm256_store_si256((__m256i *)(to + 64 * j), _mm256_and_si256(both, mask));
        _mm256_store_si256((__m256i *)(to + 64 * (j + 4)), _mm256_and_si256(_mm256_srli_epi16(both, 4), mask));
    }
}

CKQ_INLINE void unpack_block(uint8_t *to, const char *data, ck_packed_format format) {
    (void)format;
    unpack_int4(to, data);
}

/// The sums of sixteen rows with a token.
typedef struct {
    rows8 low, high;
} rows16;

CKQ_INLINE rows16 rows16_zero(void) { return (rows16){rows8_zero(), rows8_zero()}; }

CKQ_INLINE rows16 rows16_load(const float *p) { return (rows16){rows8_load(p), rows8_load(p + 8)}; }

CKQ_INLINE void rows16_store(float *p, rows16 v) {
    rows8_store(p, v.low);
    rows8_store(p + 8, v.high);
}

/// Adds a block of unpacked weights of two groups to the sums of tokens.
///
/// Sixteen products of 15 · 127 at most add up in sixteen bits.
CKQ_INLINE void add_unpacked(
    rows16 *sums, const uint8_t *weights, const float *scales, const ck_inputs_block *inputs, int tokens) {
    __m256i products[2 * CK_PACKED_TOKENS];
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++) products[i] = _mm256_setzero_si256();
    _Pragma("clang loop unroll_count(2)") for (int j = 0; j < 8; j++) {
        // keeps compilers from reordering steps: registers would not suffice
        __asm__ volatile("" ::: "memory");
        const __m256i *w = (const __m256i *)(weights + 64 * j);
        __m256i first = _mm256_load_si256(w), second = _mm256_load_si256(w + 1);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            __m256i x = four_inputs(inputs->values + 32 * t + 4 * j);
            products[2 * t] = _mm256_add_epi16(products[2 * t], _mm256_maddubs_epi16(first, x));
            products[2 * t + 1] = _mm256_add_epi16(products[2 * t + 1], _mm256_maddubs_epi16(second, x));
        }
    }
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++) {
        int t = i / 2;
        __m256i dot = _mm256_madd_epi16(products[i], _mm256_set1_epi16(1));
        dot = _mm256_sub_epi32(dot, _mm256_set1_epi32(inputs->offsets[t]));
        rows8 *sum = i % 2 == 0 ? &sums[t].low : &sums[t].high;
        *sum = add_scaled(*sum, dot, _mm256_load_ps(scales + i % 2 * 8), inputs->scales[t]);
    }
}

#endif
