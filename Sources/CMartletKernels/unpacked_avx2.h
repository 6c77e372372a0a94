/// Products of unpacked bytes of four-bit and six-bit weights with AVX2, for `packed_wide.h`.

/// Writes a block's values as unsigned bytes, every four inputs of the eight rows 64 bytes behind the last.
CKQ_INLINE void unpack_block(uint8_t *to, const char *block, ck_packed_format format) {
    CKQ_UNROLL for (int j = 0; j < 8; j++)
        _mm256_store_si256((__m256i *)(to + 64 * j), block_values(block, format, j));
}

/// The products of a block with some inputs, `[tokens][groups]`: sixteen products of 15 · 127 add up in sixteen bits.
CKQ_INLINE void unpacked_products_int4(
    __m256i *dots, const uint8_t *weights, const ck_inputs_block *inputs, int tokens) {
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
        __m256i dot = _mm256_madd_epi16(products[i], _mm256_set1_epi16(1));
        dots[i] = _mm256_sub_epi32(dot, _mm256_set1_epi32(inputs->offsets[i / 2]));
    }
}

/// The same of six-bit values: four products of 63 · 127 add up in sixteen bits.
CKQ_INLINE void unpacked_products_int6(
    __m256i *dots, const uint8_t *weights, const ck_inputs_block *inputs, int tokens) {
    __m256i ones = _mm256_set1_epi16(1);
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++) dots[i] = _mm256_setzero_si256();
#pragma clang loop unroll(disable)
    for (int j = 0; j < 8; j += 2) {
        const __m256i *w = (const __m256i *)(weights + 64 * j);
        __m256i pairs[4];
        CKQ_UNROLL for (int i = 0; i < 4; i++) pairs[i] = _mm256_load_si256(w + i);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            const int8_t *x = inputs->values + 32 * t + 4 * j;
            __m256i first = four_inputs(x), second = four_inputs(x + 4);
            CKQ_UNROLL for (int g = 0; g < 2; g++) {
                __m256i sum = _mm256_maddubs_epi16(pairs[g], first);
                sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(pairs[2 + g], second));
                dots[2 * t + g] = _mm256_add_epi32(dots[2 * t + g], _mm256_madd_epi16(sum, ones));
            }
        }
    }
    // the offsets are eight times the sums of inputs
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++)
        dots[i] = _mm256_sub_epi32(dots[i], _mm256_set1_epi32(4 * inputs->offsets[i / 2]));
}

/// Adds a block of unpacked weights of two groups to the sums of tokens, `[tokens][groups]`.
CKQ_INLINE void add_unpacked(
    rows8 *sums, const uint8_t *weights, const float scales[2][8], const ck_inputs_block *inputs,
    ck_packed_format format, int tokens) {
    __m256i dots[2 * CK_PACKED_TOKENS];
    if (format == CK_INT4) {
        unpacked_products_int4(dots, weights, inputs, tokens);
    } else {
        unpacked_products_int6(dots, weights, inputs, tokens);
    }
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++)
        sums[i] = add_scaled(sums[i], dots[i], _mm256_load_ps(scales[i % 2]), inputs->scales[i / 2]);
}
