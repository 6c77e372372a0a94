/// What the blocks of stored weights mean: thirty-two values at a time, over the vectors included before.
///
/// A part is thirty-two neighbouring elements of a block. `decode_*(kind, block, part, out)` gives its values as two
/// vectors, each value rounded once. Layouts are those of ggml, and `grouped_*` of this project.

/// Sixteen bytes of a block.
typedef uint8_t bytes16 __attribute__((vector_size(16)));

CK_INLINE bytes16 bytes_load(const char *p) {
    bytes16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

/// Sixteen signed bytes as floats.
CK_INLINE vec v_from_bytes(bytes16 v) {
    int8_t bytes[16];
    memcpy(bytes, &v, sizeof bytes);
    return v_load_i8(bytes);
}

CK_INLINE uint16_t load_u16(const char *p) {
    uint16_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

CK_INLINE uint32_t load_u32(const char *p) {
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

CK_INLINE float load_scale(const char *p) { return s_f16(load_u16(p)); }

/// scale · (integer − offset)
CK_INLINE vec v_scaled(bytes16 integers, float scale) { return v_mul(v_from_bytes(integers), v_set1(scale)); }

/// scale · integer − minimum; the product is exact in every format that has minima.
CK_INLINE vec v_scaled_above(bytes16 integers, float scale, float minimum) {
    return v_sub(v_scaled(integers, scale), v_set1(minimum));
}

/// 16 where the bit of a lane is set, for bits 0…15 of `mask`.
CK_INLINE bytes16 fifth_bits(uint32_t mask) {
    const bytes16 lanes = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8_t low = (uint8_t)mask, high = (uint8_t)(mask >> 8);
    bytes16 spread = {low, low, low, low, low, low, low, low, high, high, high, high, high, high, high, high};
    return (bytes16)((spread & lanes) == lanes) & 16;
}

/// ggml's Q4_0: scale; nibbles, the first sixteen elements in the low halves, the last in the high ones.
CK_INLINE void decode_q4_0(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind, (void)part;
    float scale = load_scale(block);
    bytes16 data = bytes_load(block + 2);
    out[0] = v_scaled((data & 15) - 8, scale);
    out[1] = v_scaled((data >> 4) - 8, scale);
}

/// ggml's Q4_1: scale, minimum (added), nibbles.
CK_INLINE void decode_q4_1(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind, (void)part;
    float scale = load_scale(block), minimum = -load_scale(block + 2);
    bytes16 data = bytes_load(block + 4);
    out[0] = v_scaled_above(data & 15, scale, minimum);
    out[1] = v_scaled_above(data >> 4, scale, minimum);
}

/// ggml's Q5_0: scale, fifth bits, nibbles.
CK_INLINE void decode_q5_0(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind, (void)part;
    float scale = load_scale(block);
    uint32_t high = load_u32(block + 2);
    bytes16 data = bytes_load(block + 6);
    out[0] = v_scaled(((data & 15) | fifth_bits(high)) - 16, scale);
    out[1] = v_scaled(((data >> 4) | fifth_bits(high >> 16)) - 16, scale);
}

/// ggml's Q5_1: scale, minimum (added), fifth bits, nibbles.
CK_INLINE void decode_q5_1(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind, (void)part;
    float scale = load_scale(block), minimum = -load_scale(block + 2);
    uint32_t high = load_u32(block + 4);
    bytes16 data = bytes_load(block + 8);
    out[0] = v_scaled_above((data & 15) | fifth_bits(high), scale, minimum);
    out[1] = v_scaled_above((data >> 4) | fifth_bits(high >> 16), scale, minimum);
}

/// ggml's Q8_0: scale, signed bytes.
CK_INLINE void decode_q8_0(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind, (void)part;
    float scale = load_scale(block);
    CK_UNROLL for (int i = 0; i < 2; i++) out[i] = v_scaled(bytes_load(block + 2 + 16 * i), scale);
}

/// ggml's Q2_K: sixteen scales and minima of four bits, two bits of each element, scale and minimum of all.
CK_INLINE void decode_q2_k(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    float scale = load_scale(block + 80), minimum = load_scale(block + 82);
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        uint8_t both = (uint8_t)block[2 * part + i];
        bytes16 data = bytes_load(block + 16 + part / 4 * 32 + 16 * i) >> (uint8_t)(part % 4 * 2);
        out[i] = v_scaled_above(data & 3, scale * (float)(both & 15), minimum * (float)(both >> 4));
    }
}

/// ggml's Q3_K: third bits (inverted), two bits of each element, sixteen scales of six bits, scale of all.
CK_INLINE void decode_q3_k(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    float scale = load_scale(block + 108);
    const uint8_t *scales = (const uint8_t *)block + 96;
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        size_t run = 2 * part + i;
        int low = run < 8 ? scales[run] & 15 : scales[run - 8] >> 4, high = scales[8 + run % 4] >> (run / 4 * 2) & 3;
        bytes16 data = bytes_load(block + 32 + part / 4 * 32 + 16 * i) >> (uint8_t)(part % 4 * 2) & 3;
        bytes16 third = bytes_load(block + 16 * i) >> (uint8_t)part & 1;
        out[i] = v_scaled((data | third << 2) - 4, scale * (float)((low | high << 4) - 32));
    }
}

/// The scale and the minimum of a part in ggml's Q4_K and Q5_K: `d`, `dmin`, and six bits of each in twelve bytes.
CK_INLINE void k_scale(const char *block, size_t part, float *scale, float *minimum) {
    const uint8_t *scales = (const uint8_t *)block + 4;
    int s, m;
    if (part < 4) {
        s = scales[part] & 63;
        m = scales[part + 4] & 63;
    } else {
        s = (scales[part + 4] & 15) | scales[part - 4] >> 6 << 4;
        m = scales[part + 4] >> 4 | scales[part] >> 6 << 4;
    }
    *scale = load_scale(block) * (float)s;
    *minimum = load_scale(block + 2) * (float)m;
}

/// ggml's Q4_K: scales, nibbles of sixty-four elements at a time.
CK_INLINE void decode_q4_k(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    float scale, minimum;
    k_scale(block, part, &scale, &minimum);
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        bytes16 data = bytes_load(block + 16 + part / 2 * 32 + 16 * i) >> (uint8_t)(part % 2 * 4);
        out[i] = v_scaled_above(data & 15, scale, minimum);
    }
}

/// ggml's Q5_K: scales, fifth bits, nibbles of sixty-four elements at a time.
CK_INLINE void decode_q5_k(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    float scale, minimum;
    k_scale(block, part, &scale, &minimum);
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        bytes16 data = bytes_load(block + 48 + part / 2 * 32 + 16 * i) >> (uint8_t)(part % 2 * 4);
        bytes16 fifth = bytes_load(block + 16 + 16 * i) >> (uint8_t)part & 1;
        out[i] = v_scaled_above((data & 15) | fifth << 4, scale, minimum);
    }
}

/// ggml's Q6_K: nibbles, upper two bits, sixteen signed scales, scale of all.
CK_INLINE void decode_q6_k(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    float scale = load_scale(block + 208);
    size_t half = part / 4, quarter = part % 4;
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        bytes16 low = bytes_load(block + 64 * half + 32 * (quarter % 2) + 16 * i) >> (uint8_t)(quarter / 2 * 4);
        bytes16 high = bytes_load(block + 128 + 32 * half + 16 * i) >> (uint8_t)(2 * quarter) & 3;
        float factor = scale * (float)(int8_t)block[192 + 2 * part + i];
        out[i] = v_scaled(((low & 15) | high << 4) - 32, factor);
    }
}

/// The sixteen values of ggml's IQ4_NL and IQ4_XS, and of FP4 (e2m1) times two.
static const int8_t iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
static const int8_t fp4_values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// Sixteen elements of a table by their indices below sixteen.
CK_INLINE bytes16 bytes_lookup(const int8_t table[16], bytes16 indices) {
    bytes16 result, values;
    memcpy(&values, table, sizeof values);
    CK_LOOKUP(result, values, indices);
    return result;
}

/// ggml's IQ4_NL: scale, nibbles that are indices.
CK_INLINE void decode_iq4_nl(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind, (void)part;
    float scale = load_scale(block);
    bytes16 data = bytes_load(block + 2);
    out[0] = v_scaled(bytes_lookup(iq4_values, data & 15), scale);
    out[1] = v_scaled(bytes_lookup(iq4_values, data >> 4), scale);
}

/// ggml's IQ4_XS: scale, scales of six bits for each part, nibbles that are indices.
CK_INLINE void decode_iq4_xs(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    int low = (uint8_t)block[4 + part / 2] >> (part % 2 * 4) & 15, high = load_u16(block + 2) >> (2 * part) & 3;
    float scale = load_scale(block) * (float)((low | high << 4) - 32);
    bytes16 data = bytes_load(block + 8 + 16 * part);
    out[0] = v_scaled(bytes_lookup(iq4_values, data & 15), scale);
    out[1] = v_scaled(bytes_lookup(iq4_values, data >> 4), scale);
}

/// ggml's MXFP4: an exponent, nibbles that are FP4.
CK_INLINE void decode_mxfp4(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind, (void)part;
    uint32_t exponent = (uint8_t)block[0];
    // half of 2^(exponent − 127), the table's values being doubled
    float scale = ck_float_of(exponent < 2 ? (uint32_t)0x200000 << exponent : (exponent - 1) << 23);
    bytes16 data = bytes_load(block + 1);
    out[0] = v_scaled(bytes_lookup(fp4_values, data & 15), scale);
    out[1] = v_scaled(bytes_lookup(fp4_values, data >> 4), scale);
}

/// Half of an unsigned FP8 (e4m3); all exponent and mantissa bits set is zero.
CK_INLINE float half_e4m3(uint8_t x) {
    if (x == 0 || x == 0x7f) return 0;
    int exponent = x >> 3 & 15;
    float mantissa = (float)(x & 7);
    if (exponent == 0) return mantissa * 0x1p-10f;
    return (1 + mantissa / 8) * ck_float_of((uint32_t)(exponent - 8 + 127) << 23);
}

/// ggml's NVFP4: FP8 scales of runs of sixteen, then of each run nibbles that are FP4, low halves first.
CK_INLINE void decode_nvfp4(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        size_t run = 2 * part + i;
        uint8_t nibbles[16];
        for (size_t j = 0; j < 8; j++) {
            uint8_t both = (uint8_t)block[4 + 8 * run + j];
            nibbles[j] = both & 15;
            nibbles[8 + j] = both >> 4;
        }
        bytes16 indices = bytes_load((const char *)nibbles);
        out[i] = v_scaled(bytes_lookup(fp4_values, indices), half_e4m3((uint8_t)block[run]));
    }
}

/// ggml's TQ2_0: two bits of each element, scale.
CK_INLINE void decode_tq2_0(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    float scale = load_scale(block + 64);
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        bytes16 data = bytes_load(block + part / 4 * 32 + 16 * i) >> (uint8_t)(part % 4 * 2) & 3;
        out[i] = v_scaled(data - 1, scale);
    }
}

/// The scale of a group: its format is the kind's.
CK_INLINE float grouped_scale(const ck_block_kind *kind, const char *block) {
    switch (kind->scale_format) {
    case CK_FLOAT32: return ck_float_of(load_u32(block));
    case CK_BFLOAT16:
    case CK_BFLOAT16_DOT: return ck_bf16_to_float(load_u16(block));
    case CK_FLOAT16: return load_scale(block);
    }
    return 0;
}

/// Integers of a group: the scale, the zero point as a signed sixteen-bit integer, the elements.
CK_INLINE vec v_grouped(bytes16 integers, float scale, float zero) {
    return v_mul(v_sub(v_from_bytes(integers), v_set1(zero)), v_set1(scale));
}

/// Unsigned nibbles, of thirty-two elements the first sixteen in the low halves of sixteen bytes.
CK_INLINE void decode_grouped4(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    size_t size = kind->scale_format == CK_FLOAT32 ? 4 : 2;
    float scale = grouped_scale(kind, block), zero = (float)(int16_t)load_u16(block + size);
    bytes16 data = bytes_load(block + size + 2 + 16 * part);
    out[0] = v_grouped(data & 15, scale, zero);
    out[1] = v_grouped(data >> 4, scale, zero);
}

/// Signed bytes.
CK_INLINE void decode_grouped8(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    size_t size = kind->scale_format == CK_FLOAT32 ? 4 : 2;
    float scale = grouped_scale(kind, block), zero = (float)(int16_t)load_u16(block + size);
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        out[i] = v_grouped(bytes_load(block + size + 2 + 32 * part + 16 * i), scale, zero);
    }
}

/// FP8 (e4m3) behind a scale; through FP16, whose exponents differ by eight.
CK_INLINE void decode_grouped_fp8(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    size_t size = kind->scale_format == CK_FLOAT32 ? 4 : 2;
    vec scale = v_set1(grouped_scale(kind, block)), exponent = v_set1(256);
    CK_UNROLL for (size_t i = 0; i < 2; i++) {
        uint16_t halves[16];
        const uint8_t *p = (const uint8_t *)block + size + 32 * part + 16 * i;
        for (size_t j = 0; j < 16; j++) halves[j] = (uint16_t)((p[j] & 0x80) << 8 | (p[j] & 0x7f) << 7);
        out[i] = v_mul(v_mul(v_load_f16(halves), exponent), scale);
    }
}
