/// Packs rows of blocks eight side by side, over the vectors included before; values stay what they are.

/// Thirty-two integers of a row.
typedef struct {
    bytes16 low, high;
} integers32;

/// The integers of a block's part as packed formats store them.
CK_INLINE integers32 block_integers(const ck_block_kind *kind, const char *block, size_t part) {
    switch (kind->format) {
    case CK_Q8_0: return (integers32){bytes_load(block + 2), bytes_load(block + 18)};
    case CK_Q4_0: {
        bytes16 data = bytes_load(block + 2);
        return (integers32){data & 15, data >> 4};
    }
    case CK_Q4_K:
    case CK_Q5_K: {
        bool five = kind->format == CK_Q5_K;
        const char *nibbles = block + (five ? 48 : 16) + part / 2 * 32;
        uint8_t shift = (uint8_t)(part % 2 * 4);
        integers32 v = {bytes_load(nibbles) >> shift & 15, bytes_load(nibbles + 16) >> shift & 15};
        if (!five) return v;
        v.low |= (bytes_load(block + 16) >> (uint8_t)part & 1) << 4;
        v.high |= (bytes_load(block + 32) >> (uint8_t)part & 1) << 4;
        return v;
    }
    case CK_Q6_K: {
        const char *nibbles = block + part / 4 * 64 + part % 2 * 32, *high = block + 128 + part / 4 * 32;
        uint8_t shift = (uint8_t)(part % 4 / 2 * 4), place = (uint8_t)(part % 4 * 2);
        return (integers32){
            (bytes_load(nibbles) >> shift & 15) | (bytes_load(high) >> place & 3) << 4,
            (bytes_load(nibbles + 16) >> shift & 15) | (bytes_load(high + 16) >> place & 3) << 4};
    }
    case CK_GROUPED4: {
        bytes16 data = bytes_load(block + (kind->scale_format == CK_FLOAT32 ? 6 : 4) + 16 * part);
        return (integers32){data & 15, data >> 4};
    }
    default: {
        const char *data = block + (kind->scale_format == CK_FLOAT32 ? 6 : 4) + 32 * part;
        return (integers32){bytes_load(data), bytes_load(data + 16)};
    }
    }
}

/// Writes a row's four inputs among those of eight rows.
CK_INLINE void place_four(char *to, size_t four, size_t row, bytes16 from, size_t index) {
    uint32_t values[4];
    memcpy(values, &from, sizeof values);
    memcpy(to + four * 32 + row * 4, &values[index], sizeof values[index]);
}

/// Bits `shift…` of a row's fours, each moved by its place times `width`, in one.
CK_INLINE uint32_t high_bits(bytes16 integers, uint32_t mask, int width) {
    uint32_t fours[4], result = 0;
    bytes16 high = integers >> 4;
    memcpy(fours, &high, sizeof fours);
    for (int j = 0; j < 4; j++) result |= (fours[j] & mask) << (j * width);
    return result;
}

/// Writes the values of a row of a block.
CK_INLINE void place_row(char *to, size_t row, integers32 v, ck_packed_format format) {
    if (format == CK_INT8 || format == CK_AFFINE8) {
        for (size_t j = 0; j < 4; j++) {
            place_four(to, j, row, v.low, j);
            place_four(to, j + 4, row, v.high, j);
        }
        return;
    }
    bytes16 nibbles = (v.low & 15) | v.high << 4;
    for (size_t j = 0; j < 4; j++) place_four(to, j, row, nibbles, j);
    if (format == CK_K5) {
        uint32_t bits = high_bits(v.low, 0x01010101, 1) | high_bits(v.high, 0x01010101, 1) << 4;
        memcpy(to + 128 + row * 4, &bits, sizeof bits);
    } else if (format == CK_K6) {
        uint32_t low = high_bits(v.low, 0x03030303, 2), high = high_bits(v.high, 0x03030303, 2);
        memcpy(to + 128 + row * 4, &low, sizeof low);
        memcpy(to + 160 + row * 4, &high, sizeof high);
    }
}

/// Writes what stands in front of a run for a row: from the run's first block.
CK_INLINE void place_header(char *to, size_t row, const ck_block_kind *kind, const char *block) {
    float scale, minimum;
    switch (kind->format) {
    case CK_Q4_0:
    case CK_Q8_0: memcpy(to + 2 * row, block, 2); return;
    case CK_Q4_K:
    case CK_Q5_K:
        memcpy(to + 2 * row, block, 2);
        memcpy(to + 16 + 2 * row, block + 2, 2);
        return;
    case CK_Q6_K: memcpy(to + 2 * row, block + 208, 2); return;
    default:
        scale = element_at(block, kind->scale_format, 0);
        minimum = scale * (float)(int16_t)load_u16(block + (kind->scale_format == CK_FLOAT32 ? 4 : 2));
        memcpy(to + 4 * row, &scale, 4);
        memcpy(to + 32 + 4 * row, &minimum, 4);
    }
}

/// Writes a block's own scales of a row.
CK_INLINE void place_scales(char *to, size_t row, const ck_block_kind *kind, const char *block, size_t part) {
    const uint8_t *scales = (const uint8_t *)block + 4;
    if (kind->format == CK_Q6_K) {
        to[row] = block[192 + 2 * part];
        to[8 + row] = block[193 + 2 * part];
    } else if (part < 4) {
        to[row] = (char)(scales[part] & 63);
        to[8 + row] = (char)(scales[part + 4] & 63);
    } else {
        to[row] = (char)((scales[part + 4] & 15) | scales[part - 4] >> 6 << 4);
        to[8 + row] = (char)(scales[part + 4] >> 4 | scales[part] >> 6 << 4);
    }
}

CK_INLINE void repack_format(const ck_repacking *args, size_t begin, size_t end, ck_packed_format format) {
    size_t parts = args->scale_blocks, header = packed_header_size(format), own = packed_scales_size(format);
    size_t data = packed_data_size(format);
    for (size_t group = begin; group < end; group++) {
        char *p = (char *)args->packed + group * args->group_stride;
        size_t rows = args->outputs - group * 8 < 8 ? args->outputs - group * 8 : 8;
        if (rows < 8) memset(p, 0, args->group_stride);
        const char *source = (const char *)args->source + group * 8 * args->source_stride;
        for (size_t run = 0; run < args->blocks / parts; run++, source += args->kind.block_byte_count) {
            for (size_t row = 0; row < rows; row++) {
                const char *block = source + row * args->source_stride;
                char *to = p + header;
                place_header(p, row, &args->kind, block);
                for (size_t part = 0; part < parts; part++, to += data) {
                    if (own) place_scales(to, row, &args->kind, block, part);
                    place_row(to + own, row, block_integers(&args->kind, block, part), format);
                }
            }
            p += header + parts * data;
        }
    }
}

#define CK_REPACK_CASE(format) \
    case format: repack_format(args, begin, end, format); break;
CK_TARGET static void repack_rows(const ck_repacking *args, size_t begin, size_t end) {
    switch (args->format) { CK_PACKED_FORMATS(CK_REPACK_CASE) }
}
