/// Products of blocks with scales of their own or with minima, in plain C: the definition of these formats' arithmetic.
///
/// A value is scale · integer − minimum. Exact products of thirty-two integers, in K6 of sixteen, are multiplied with
/// scale · input scale and added with fused multiply-add; then minimum · (input scale · Σ inputs) is taken off.

/// What stands in front of a run.
typedef struct {
    /// The rows' scales where blocks have no others.
    rows8 scale;
    const char *p;
} run_header;

CKQ_INLINE run_header read_header(const char *p, ck_packed_format format) {
    return (run_header){packed_is_plain(format) ? rows8_scales(p) : rows8_zero(), p};
}

CKQ_INLINE float header_half(const char *p, int index) {
    uint16_t half;
    memcpy(&half, p + 2 * index, sizeof half);
    return ck_f16_to_float(half);
}

CKQ_INLINE float header_float(const char *p, int index) {
    float value;
    memcpy(&value, p + 4 * index, sizeof value);
    return value;
}

/// The scale of a row's values in a half of a block.
CKQ_INLINE float scaled_block_scale(run_header header, const char *block, ck_packed_format format, int row, int half) {
    switch (format) {
    case CK_K4:
    case CK_K5: return header_half(header.p, row) * (float)(uint8_t)block[row];
    case CK_K6: return header_half(header.p, row) * (float)(int8_t)block[8 * half + row];
    case CK_INT6: return header_half(header.p, row);
    default: return header_float(header.p, row);
    }
}

/// The minimum of a row's values.
CKQ_INLINE float scaled_block_minimum(run_header header, const char *block, ck_packed_format format, int row) {
    switch (format) {
    case CK_K4:
    case CK_K5: return header_half(header.p + 16, row) * (float)(uint8_t)block[8 + row];
    case CK_INT6:
    case CK_K6: return 0;
    default: return header_float(header.p + 32, row);
    }
}

/// The integer of a row's input `k`.
CKQ_INLINE int32_t scaled_block_integer(const char *block, ck_packed_format format, int row, int k) {
    const uint8_t *data = (const uint8_t *)block + packed_scales_size(format);
    int place = k / 4 * 32 + row * 4 + k % 4, column = row * 4 + k % 4, four = k / 4;
    if (format == CK_AFFINE8) return (int8_t)data[place];
    int32_t low = place < 128 ? data[place] & 15 : data[place - 128] >> 4;
    if (format == CK_K5) return low | (data[128 + column] >> four & 1) << 4;
    if (packed_is_six_bits(format)) return (low | (data[128 + four / 4 * 32 + column] >> four % 4 * 2 & 3) << 4) - 32;
    return low;
}

CKQ_INLINE void add_scaled_block(
    rows8 *sums, run_header header, const char *block, const ck_inputs_block *inputs, ck_packed_format format,
    int tokens) {
    for (int t = 0; t < tokens; t++) {
        const int8_t *x = inputs->values + 32 * t;
        float lanes[8];
        rows8_store(lanes, sums[t]);
        for (int r = 0; r < 8; r++) {
            int32_t dots[2] = {0, 0};
            for (int k = 0; k < 32; k++)
                dots[format == CK_K6 ? k / 16 : 0] += scaled_block_integer(block, format, r, k) * x[k];
            for (int half = 0; half < (format == CK_K6 ? 2 : 1); half++) {
                float scale = scaled_block_scale(header, block, format, r, half) * inputs->scales[t];
                lanes[r] = fmaf((float)dots[half], scale, lanes[r]);
            }
            if (packed_has_minimum(format))
                lanes[r] = fmaf(-scaled_block_minimum(header, block, format, r), inputs->totals[t], lanes[r]);
        }
        sums[t] = rows8_load(lanes);
    }
}
