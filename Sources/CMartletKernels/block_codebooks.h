/// ggml's ternary and codebook formats, element by element. Definitions as in `block_formats.h`.

#include "block_tables.h"

CK_INLINE void load_part(const float values[32], vec out[2]) {
    out[0] = v_load(values);
    out[1] = v_load(values + 16);
}

/// TQ1_0: five elements to a byte in base three, the last sixteen of 256 four to a byte; scale.
CK_INLINE void decode_tq1_0(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    static const uint8_t powers[5] = {1, 3, 9, 27, 81};
    const uint8_t *data = (const uint8_t *)block;
    float scale = load_scale(block + 52), values[32];
    for (size_t i = 0; i < 32; i++) {
        uint8_t byte;
        size_t digit;
        if (part < 5) {
            byte = data[i];
            digit = part;
        } else {
            size_t place = 32 * (part - 5) + i;
            byte = place < 80 ? data[32 + place % 16] : data[48 + (place - 80) % 4];
            digit = place < 80 ? place / 16 : (place - 80) / 4;
        }
        int value = (uint8_t)(byte * powers[digit]) * 3 >> 8;
        values[i] = scale * (float)(value - 1);
    }
    load_part(values, out);
}

/// The eighth sign makes the number of minus signs even.
CK_INLINE uint32_t even_signs(uint32_t seven) { return seven | (uint32_t)__builtin_parity(seven) << 7; }

CK_INLINE float signed_value(float value, uint32_t signs, size_t bit) { return signs >> bit & 1 ? -value : value; }

/// Eight elements of a codebook of 8, 25 and 43.
CK_INLINE void eight_of_three(float *values, uint32_t code, uint32_t signs, float scale) {
    static const float levels[4] = {8, 25, 43, 0};
    for (size_t j = 0; j < 8; j++) values[j] = signed_value(scale * levels[code >> (2 * j) & 3], signs, j);
}

/// IQ2_XXS: scale; of each part four indices, and four times seven signs below a scale of four bits.
CK_INLINE void decode_iq2_xxs(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    const uint8_t *indices = (const uint8_t *)block + 2 + 8 * part;
    uint32_t signs = load_u32(block + 6 + 8 * part);
    float values[32], scale = load_scale(block) * (0.5f + (float)(signs >> 28)) * 0.25f;
    for (size_t l = 0; l < 4; l++) {
        eight_of_three(values + 8 * l, ck_iq2_xxs_grid[indices[l]], even_signs(signs >> (7 * l) & 127), scale);
    }
    load_part(values, out);
}

/// IQ2_XS: scale; sixteen bits of eight elements: nine of index, seven of signs; scales of sixteen elements.
CK_INLINE void decode_iq2_xs(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    float values[32], base = load_scale(block);
    uint32_t scales = (uint8_t)block[66 + part];
    for (size_t l = 0; l < 4; l++) {
        uint32_t code = load_u16(block + 2 + 2 * (4 * part + l));
        float scale = base * (0.5f + (float)(scales >> (l / 2 * 4) & 15)) * 0.25f;
        eight_of_three(values + 8 * l, ck_iq2_xs_grid[code & 511], even_signs(code >> 9), scale);
    }
    load_part(values, out);
}

/// IQ2_S: scale; low eight bits of indices, signs, upper two bits of indices, scales of sixteen elements.
CK_INLINE void decode_iq2_s(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    const uint8_t *data = (const uint8_t *)block;
    float values[32], base = load_scale(block);
    for (size_t l = 0; l < 4; l++) {
        uint32_t index = data[2 + 4 * part + l] | (data[66 + part] >> (2 * l) & 3u) << 8;
        float scale = base * (0.5f + (float)(data[74 + part] >> (l / 2 * 4) & 15)) * 0.25f;
        eight_of_three(values + 8 * l, ck_iq2_s_grid[index], data[34 + 4 * part + l], scale);
    }
    load_part(values, out);
}

/// IQ3_XXS: scale; indices of four elements; of each part four times seven signs below a scale of four bits.
CK_INLINE void decode_iq3_xxs(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    static const float levels[8] = {4, 12, 20, 28, 36, 44, 52, 62};
    const uint8_t *indices = (const uint8_t *)block + 2 + 8 * part;
    uint32_t signs = load_u32(block + 66 + 4 * part);
    float values[32], scale = load_scale(block) * (0.5f + (float)(signs >> 28)) * 0.5f;
    for (size_t i = 0; i < 32; i++) {
        uint32_t code = ck_iq3_xxs_grid[indices[i / 4]], sign = even_signs(signs >> (7 * (i / 8)) & 127);
        values[i] = signed_value(scale * levels[code >> (3 * (i % 4)) & 7], sign, i % 8);
    }
    load_part(values, out);
}

/// IQ3_S: scale; low eight bits of indices of four elements, their ninth bits, signs, scales of four bits.
CK_INLINE void decode_iq3_s(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    const uint8_t *data = (const uint8_t *)block;
    float values[32], scale = load_scale(block) * (float)(1 + 2 * (data[106 + part / 2] >> (part % 2 * 4) & 15));
    for (size_t i = 0; i < 32; i++) {
        uint32_t index = data[2 + 8 * part + i / 4] | (data[66 + part] >> (i / 4) & 1u) << 8;
        float level = (float)(1 + 2 * (ck_iq3_s_grid[index] >> (3 * (i % 4)) & 7));
        values[i] = signed_value(scale * level, data[74 + 4 * part + i / 8], i % 8);
    }
    load_part(values, out);
}

/// Eight elements of the codebook of −1, 0 and 1, moved by `delta`.
CK_INLINE void eight_of_ternary(float *values, uint32_t index, float delta, float scale) {
    uint32_t code = ck_iq1_s_grid[index];
    for (size_t j = 0; j < 8; j++) values[j] = scale * ((float)(code >> (2 * j) & 3) - 1 + delta);
}

/// IQ1_S: scale; low eight bits of indices; of each part upper bits of indices, a scale of three bits, the delta's sign.
CK_INLINE void decode_iq1_s(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    const uint8_t *data = (const uint8_t *)block + 2;
    uint32_t high = load_u16(block + 34 + 2 * part);
    float values[32], scale = load_scale(block) * (float)(2 * (high >> 12 & 7) + 1);
    for (size_t l = 0; l < 4; l++) {
        uint32_t index = data[4 * part + l] | (high >> (3 * l) & 7) << 8;
        eight_of_ternary(values + 8 * l, index, high & 0x8000 ? -0.125f : 0.125f, scale);
    }
    load_part(values, out);
}

/// IQ1_M: low eight bits of indices, upper bits with the delta's sign, scales of three bits below a quarter of the scale.
CK_INLINE void decode_iq1_m(const ck_block_kind *kind, const char *block, size_t part, vec out[2]) {
    (void)kind;
    const uint8_t *data = (const uint8_t *)block;
    uint32_t base = 0;
    for (size_t i = 0; i < 4; i++) base |= (uint32_t)(load_u16(block + 48 + 2 * i) >> 12) << (4 * i);
    float values[32], scale = s_f16((uint16_t)base);
    for (size_t l = 0; l < 4; l++) {
        uint32_t high = data[32 + 2 * part + l / 2] >> (l % 2 * 4) & 15, run = (uint32_t)(2 * part + l / 2);
        uint32_t three = load_u16(block + 48 + run / 4 * 2) >> (3 * (run % 4)) & 7;
        uint32_t index = data[4 * part + l] | (high & 7) << 8;
        eight_of_ternary(values + 8 * l, index, high & 8 ? -0.125f : 0.125f, scale * (float)(2 * three + 1));
    }
    load_part(values, out);
}
