/// Products of blocks with scales of their own or with minima with NEON. Definitions as in `scaled_blocks_scalar.h`.

#include "scaled_blocks_header.h"

/// Eight numbers times eight bytes.
CKQ_INLINE rows8 times_unsigned(rows8 v, const char *p) {
    uint16x8_t wide = vmovl_u8(vld1_u8((const uint8_t *)p));
    return (rows8){
        {vmulq_f32(v.half[0], vcvtq_f32_u32(vmovl_u16(vget_low_u16(wide)))),
         vmulq_f32(v.half[1], vcvtq_f32_u32(vmovl_u16(vget_high_u16(wide))))}};
}

CKQ_INLINE rows8 times_signed(rows8 v, const char *p) {
    int16x8_t wide = vmovl_s8(vld1_s8((const int8_t *)p));
    return (rows8){
        {vmulq_f32(v.half[0], vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)))),
         vmulq_f32(v.half[1], vcvtq_f32_s32(vmovl_s16(vget_high_s16(wide))))}};
}

CKQ_INLINE block_scales read_scales(run_header header, const char *block, ck_packed_format format) {
    switch (format) {
    case CK_K4:
    case CK_K5: {
        rows8 scale = times_unsigned(header.scale, block);
        return (block_scales){{scale, scale}, times_unsigned(header.minimum, block + 8)};
    }
    case CK_K6:
        return (block_scales){
            {times_signed(header.scale, block), times_signed(header.scale, block + 8)}, rows8_zero()};
    default: return (block_scales){{header.scale, header.scale}, header.minimum};
    }
}

/// Some bits of bytes, moved to the left, or to the right by a negative number.
CKQ_INLINE int8x16_t moved_bits(const char *p, int places, uint8_t mask) {
    uint8x16_t moved = vshlq_u8(vreinterpretq_u8_s8(bytes_at(p)), vdupq_n_s8((int8_t)places));
    return vreinterpretq_s8_u8(vandq_u8(moved, vdupq_n_u8(mask)));
}

/// The integers of a half of a block's rows.
CKQ_INLINE weights4 block_integers_of(const char *block, ck_packed_format format, int half) {
    const char *data = block + packed_scales_size(format), *high = data + 128 + 16 * half;
    if (format == CK_AFFINE8) return byte_weights(data, 32, half);
    weights4 w = nibble_weights(data, half);
    CKQ_UNROLL for (int j = 0; j < 8; j++) {
        if (format == CK_K5) w.fours[j] = vorrq_s8(w.fours[j], moved_bits(high, 4 - j, 16));
        if (packed_is_six_bits(format)) {
            int8x16_t upper = moved_bits(high + j / 4 * 32, 4 - j % 4 * 2, 48);
            w.fours[j] = vsubq_s8(vorrq_s8(w.fours[j], upper), vdupq_n_s8(32));
        }
    }
    return w;
}

CKQ_INLINE void add_scaled_block(
    rows8 *sums, run_header header, const char *block, const ck_inputs_block *inputs, ck_packed_format format,
    int tokens) {
    block_scales scales = read_scales(header, block, format);
    // the inputs that share a scale, in fours
    int run = format == CK_K6 ? 4 : 8;
    CKQ_UNROLL for (int half = 0; half < 2; half++) {
        weights4 w = block_integers_of(block, format, half);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            float32x4_t sum = sums[t].half[half];
            CKQ_UNROLL for (int first = 0; first < 8; first += run) {
                int32x4_t whole = products(w, inputs->values + 32 * t, format, first, run);
                float32x4_t scale = vmulq_n_f32(scales.scale[first / 4].half[half], inputs->scales[t]);
                sum = vfmaq_f32(sum, vcvtq_f32_s32(whole), scale);
            }
            if (packed_has_minimum(format))
                sum = vfmsq_f32(sum, scales.minimum.half[half], vdupq_n_f32(inputs->totals[t]));
            sums[t].half[half] = sum;
        }
    }
}
