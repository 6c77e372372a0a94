/// Products in two passes over the inputs: thirty-two registers hold eight lanes of a tile's sums at a time.

#ifndef MARTLET_PASSES_NEON_H
#define MARTLET_PASSES_NEON_H

/// Eight of a vector's lanes: the first in pass 0, the last in pass 1.
typedef struct {
    float32x4_t low, high;
} part;

#define CK_PASSES 2

CK_INLINE part p_zero(void) { return (part){vdupq_n_f32(0), vdupq_n_f32(0)}; }

CK_INLINE part p_fma(part a, part b, part c) {
    return (part){vfmaq_f32(c.low, a.low, b.low), vfmaq_f32(c.high, a.high, b.high)};
}

CK_INLINE part p_load(const float *x, int pass) { return (part){vld1q_f32(x + 8 * pass), vld1q_f32(x + 8 * pass + 4)}; }

CK_INLINE part p_load_f16(const uint8_t *p) {
    return (part){
        vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p))), vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p + 8)))};
}

CK_INLINE part p_load_f32(const uint8_t *p) {
    return (part){vreinterpretq_f32_u8(vld1q_u8(p)), vreinterpretq_f32_u8(vld1q_u8(p + 16))};
}

CK_INLINE void p_load_weights(const char *address, ck_format format, int pass, part *a, part *b) {
    const uint8_t *p = (const uint8_t *)address;
    switch (format) {
    case CK_BFLOAT16_DOT:
        p_load_weights(address, CK_BFLOAT16, pass, b, a);
        break;
    case CK_BFLOAT16: {
        uint32x4_t low = vreinterpretq_u32_u8(vld1q_u8(p + 32 * pass));
        uint32x4_t high = vreinterpretq_u32_u8(vld1q_u8(p + 32 * pass + 16));
        uint32x4_t upper = vdupq_n_u32(0xffff0000);
        *a = (part){vreinterpretq_f32_u32(vshlq_n_u32(low, 16)), vreinterpretq_f32_u32(vshlq_n_u32(high, 16))};
        *b = (part){vreinterpretq_f32_u32(vandq_u32(low, upper)), vreinterpretq_f32_u32(vandq_u32(high, upper))};
        break;
    }
    case CK_FLOAT16:
        *a = p_load_f16(p + 16 * pass);
        *b = p_load_f16(p + 32 + 16 * pass);
        break;
    case CK_FLOAT32:
        *a = p_load_f32(p + 32 * pass);
        *b = p_load_f32(p + 64 + 32 * pass);
        break;
    }
}

CK_INLINE vec v_join(part low, part high) { return (vec){{low.low, low.high, high.low, high.high}}; }

#endif
