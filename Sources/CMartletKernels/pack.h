/// Rounds weights to eight, six or four bits and packs eight rows side by side.
///
/// Written over arrays of eight floats, one for each row, which compilers turn into vectors.

#define CK_ROWS_LOOP for (int r = 0; r < 8; r++)

/// Up to 128 inputs of eight rows: `[inputs][8]`, zeros beyond the matrix.
typedef float weight_tile[CK_MAXIMUM_SCALED][8];

CK_INLINE void read_tile(weight_tile tile, const ck_packing *args, size_t row, size_t input, size_t width) {
    memset(tile, 0, width * sizeof tile[0]);
    size_t size = element_size(args->source_format);
    size_t count = args->inputs > input ? args->inputs - input : 0;
    if (count > width) count = width;
    for (size_t r = 0; r < 8 && row + r < args->outputs; r++) {
        const char *p = (const char *)args->source + (row + r) * args->source_stride + input * size;
        if (args->source_format == CK_BFLOAT16) {
            for (size_t i = 0; i < count; i++) {
                uint16_t half;
                memcpy(&half, p + 2 * i, sizeof half);
                tile[i][r] = ck_bf16_to_float(half) * args->inverse_factor;
            }
        } else {
            for (size_t i = 0; i < count; i++) tile[i][r] = element_at(p, args->source_format, i) * args->inverse_factor;
        }
    }
}

/// The values that a format stores.
typedef struct {
    float least, most;
} value_range;

CK_INLINE value_range packed_range(ck_packed_format format) {
    if (format == CK_INT8) return (value_range){-127, 127};
    return format == CK_INT6 ? (value_range){-32, 31} : (value_range){-8, 7};
}

/// The value of a range nearest to x / scale; ties to even.
CK_INLINE float rounded_weight(float x, float inverse, value_range range) {
    float value = __builtin_rintf(x * inverse);
    value = value > range.least ? value : range.least;
    return value < range.most ? value : range.most;
}

/// How well a scale serves: Σ x·q and Σ q² of the rounded weights.
typedef struct {
    float products[8], squares[8];
} scale_fit;

CK_INLINE scale_fit fit_scale(weight_tile tile, size_t width, const float inverse[8], value_range range) {
    scale_fit fit = {{0}, {0}};
    for (size_t i = 0; i < width; i++) {
        CK_ROWS_LOOP {
            float q = rounded_weight(tile[i][r], inverse[r], range);
            fit.products[r] += tile[i][r] * q;
            fit.squares[r] += q * q;
        }
    }
    return fit;
}

/// The scales of eight rows for values of a range: of some candidates the one with the least squared error, refined by
/// least squares.
///
/// For values q the error is Σx² − (Σxq)² / Σq², reached with the scale Σxq / Σq².
CK_INLINE void fitted_scales(weight_tile tile, size_t width, float scales[8], value_range range) {
    // the weight of greatest magnitude becomes the least or the greatest value, or a little more than these
    float least = range.least, most = range.most;
    const float targets[] = {least, least - 0.6f, least + 0.6f, -most, most, most + 0.6f};
    float extreme[8] = {0}, best[8];
    for (size_t i = 0; i < width; i++) {
        CK_ROWS_LOOP extreme[r] = fabsf(tile[i][r]) > fabsf(extreme[r]) ? tile[i][r] : extreme[r];
    }
    CK_ROWS_LOOP best[r] = -1, scales[r] = 0;
    for (size_t c = 0; c < sizeof targets / sizeof targets[0]; c++) {
        float inverse[8];
        CK_ROWS_LOOP inverse[r] = extreme[r] != 0 ? targets[c] / extreme[r] : 0;
        scale_fit fit = fit_scale(tile, width, inverse, range);
        CK_ROWS_LOOP {
            float score = fit.squares[r] > 0 ? fit.products[r] * fit.products[r] / fit.squares[r] : 0;
            bool better = score > best[r];
            best[r] = better ? score : best[r];
            scales[r] = better && fit.squares[r] > 0 ? fit.products[r] / fit.squares[r] : scales[r];
        }
    }
}

CK_INLINE void eight_bit_scales(weight_tile tile, size_t width, float scales[8]) {
    CK_ROWS_LOOP scales[r] = 0;
    for (size_t i = 0; i < width; i++) {
        CK_ROWS_LOOP scales[r] = fabsf(tile[i][r]) > scales[r] ? fabsf(tile[i][r]) : scales[r];
    }
    CK_ROWS_LOOP scales[r] /= 127.0f;
}

/// Writes eight scales and returns their inverses as stored.
CK_INLINE void write_scales(char *p, const float scales[8], float inverse[8]) {
    CK_ROWS_LOOP {
        uint16_t half = ck_float_to_f16(scales[r]);
        float stored = ck_f16_to_float(half);
        memcpy(p + 2 * r, &half, sizeof half);
        inverse[r] = stored != 0 ? 1.0f / stored : 0;
    }
}

/// Writes a block's values, `[fours of inputs][rows][4]`, unsigned below eight bits.
CK_INLINE void write_values(char *p, uint8_t values[256], ck_packed_format format) {
    if (format == CK_INT8) {
        memcpy(p, values, 256);
        return;
    }
    uint8_t high[64] = {0};
    for (size_t i = 0; format == CK_INT6 && i < 256; i++) {
        size_t four = i / 32;
        high[four / 4 * 32 + i % 32] |= (uint8_t)(values[i] >> 4 << four % 4 * 2);
        values[i] &= 15;
    }
    for (size_t i = 0; i < 128; i++) values[i] = (uint8_t)(values[i] | values[i + 128] << 4);
    memcpy(p, values, 128);
    if (format == CK_INT6) memcpy(p + 128, high, sizeof high);
}

CK_TARGET static void pack_rows(const ck_packing *args, size_t begin, size_t end) {
    size_t width = 32 * args->scale_blocks, data_size = packed_data_size(args->format);
    bool is_signed = args->format == CK_INT8;
    value_range range = packed_range(args->format);
    float offset = is_signed ? 0 : -range.least;
    for (size_t group = begin; group < end; group++) {
        char *p = (char *)args->packed + group * args->group_stride;
        for (size_t input = 0; input < args->blocks * 32; input += width) {
            weight_tile tile;
            float scales[8], inverse[8];
            read_tile(tile, args, group * 8, input, width);
            if (is_signed) {
                eight_bit_scales(tile, width, scales);
            } else {
                fitted_scales(tile, width, scales, range);
            }
            write_scales(p, scales, inverse);
            p += 16;
            for (size_t b = 0; b < args->scale_blocks; b++, p += data_size) {
                uint8_t values[256];
                for (size_t k = 0; k < 32; k++) {
                    const float *x = tile[b * 32 + k];
                    CK_ROWS_LOOP {
                        float q = rounded_weight(x[r], inverse[r], range) + offset;
                        values[k / 4 * 32 + (size_t)r * 4 + k % 4] = (uint8_t)(int8_t)q;
                    }
                }
                write_values(p, values, args->format);
            }
        }
    }
}

/// The greatest magnitude of some rows; infinite where one is not finite.
CK_TARGET static float greatest_magnitude(const ck_packing *args, size_t begin, size_t end) {
    uint32_t greatest = 0;
    size_t size = element_size(args->source_format);
    for (size_t row = begin; row < end; row++) {
        const char *p = (const char *)args->source + row * args->source_stride;
        if (args->source_format == CK_BFLOAT16) {
            uint16_t most = 0;
            for (size_t i = 0; i < args->inputs; i++) {
                uint16_t half;
                memcpy(&half, p + size * i, sizeof half);
                half &= 0x7fff;
                most = half > most ? half : most;
            }
            uint32_t bits = (uint32_t)most << 16;
            greatest = bits > greatest ? bits : greatest;
            continue;
        }
        for (size_t i = 0; i < args->inputs; i++) {
            uint32_t bits = ck_bits_of(element_at(p, args->source_format, i)) & 0x7fffffff;
            greatest = bits > greatest ? bits : greatest;
        }
    }
    return greatest >= 0x7f800000 ? INFINITY : ck_float_of(greatest);
}
