/// Products of unpacked bytes of four-bit and six-bit weights with NEON, for `packed_wide.h`.

/// Writes a block's values as bytes, unsigned of four bits, every four inputs of the eight rows 64 bytes behind the last.
CKQ_INLINE void unpack_block(uint8_t *to, const char *block, ck_packed_format format) {
    CKQ_UNROLL for (int half = 0; half < 2; half++) {
        weights4 w = block_integers_of(block, format, half);
        CKQ_UNROLL for (int j = 0; j < 8; j++) vst1q_s8((int8_t *)to + 64 * j + 16 * half, w.fours[j]);
    }
}

/// Adds a block of unpacked weights of two groups to the sums of tokens, `[tokens][groups]`.
CKQ_INLINE void add_unpacked(
    rows8 *sums, const uint8_t *weights, const float scales[2][8], const ck_inputs_block *inputs,
    ck_packed_format format, int tokens) {
    CKQ_UNROLL for (int i = 0; i < 4; i++) {
        int group = i / 2, half = i % 2;
        weights4 w = byte_weights((const char *)weights + 32 * group, 64, half);
        rows8 scale = rows8_load(scales[group]);
        CKQ_UNROLL for (int t = 0; t < tokens; t++)
            add_products(&sums[2 * t + group], w, scale, half, inputs, t, format);
    }
}
