/// Products of quantized blocks with NEON, with products of four bytes at a time where `CK_DOTPROD` is defined.
/// Definitions as in `blocks_scalar.h`.

#ifndef MARTLET_BLOCKS_NEON_H
#define MARTLET_BLOCKS_NEON_H

#define CKQ_TARGET CK_TARGET
#define CKQ_INLINE CK_INLINE
#define CKQ_UNROLL CK_UNROLL

/// Four rows in each half.
typedef struct {
    float32x4_t half[2];
} rows8;

CKQ_INLINE rows8 rows8_zero(void) { return (rows8){{vdupq_n_f32(0), vdupq_n_f32(0)}}; }

CKQ_INLINE rows8 rows8_load(const float *p) { return (rows8){{vld1q_f32(p), vld1q_f32(p + 4)}}; }

CKQ_INLINE void rows8_store(float *p, rows8 v) {
    vst1q_f32(p, v.half[0]);
    vst1q_f32(p + 4, v.half[1]);
}

CKQ_INLINE rows8 rows8_scaled(rows8 v, float factor) {
    return (rows8){{vmulq_n_f32(v.half[0], factor), vmulq_n_f32(v.half[1], factor)}};
}

CKQ_INLINE rows8 rows8_add(rows8 v, const float *p) {
    return (rows8){{vaddq_f32(v.half[0], vld1q_f32(p)), vaddq_f32(v.half[1], vld1q_f32(p + 4))}};
}

CKQ_INLINE void ckq_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

CKQ_INLINE rows8 rows8_scales(const char *p) {
    uint8x16_t halves = vld1q_u8((const uint8_t *)p);
    return (rows8){
        {vcvt_f32_f16(vreinterpret_f16_u8(vget_low_u8(halves))),
         vcvt_f32_f16(vreinterpret_f16_u8(vget_high_u8(halves)))}};
}

/// Thirty-two inputs of four rows, in fours: a row's four weights are neighbours.
typedef struct {
    int8x16_t fours[8];
} weights4;

CKQ_INLINE int8x16_t bytes_at(const void *p) { return vld1q_s8((const int8_t *)p); }

/// The weights of a half of the rows, `distance` bytes from four inputs to the next.
CKQ_INLINE weights4 byte_weights(const char *data, size_t distance, int half) {
    weights4 w;
    CKQ_UNROLL for (size_t j = 0; j < 8; j++) w.fours[j] = bytes_at(data + j * distance + 16 * half);
    return w;
}

CKQ_INLINE weights4 nibble_weights(const char *data, int half) {
    weights4 w;
    CKQ_UNROLL for (int j = 0; j < 4; j++) {
        uint8x16_t both = vreinterpretq_u8_s8(bytes_at(data + 32 * j + 16 * half));
        w.fours[j] = vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15)));
        w.fours[j + 4] = vreinterpretq_s8_u8(vshrq_n_u8(both, 4));
    }
    return w;
}

/// The products of four rows with `count` fours of the inputs from `first` on: four or eight.
#ifdef CK_DOTPROD
CKQ_INLINE int32x4_t products(weights4 w, const int8_t *x, ck_packed_format format, int first, int count) {
    (void)format;
    int32x4_t sums[2] = {vdupq_n_s32(0), vdupq_n_s32(0)};
    CKQ_UNROLL for (int j = first; j < first + count; j += 4) {
        int8x16_t inputs = vld1q_s8(x + 4 * j);
        int32x4_t sum = vdotq_laneq_s32(sums[j / 4], w.fours[j], inputs, 0);
        sum = vdotq_laneq_s32(sum, w.fours[j + 1], inputs, 1);
        sum = vdotq_laneq_s32(sum, w.fours[j + 2], inputs, 2);
        sums[j / 4] = vdotq_laneq_s32(sum, w.fours[j + 3], inputs, 3);
    }
    return vaddq_s32(sums[0], sums[1]);
}
#else
/// In sixteen bits add up two products of 128 · 127 and eight of 32 · 127.
CKQ_INLINE int32x4_t products(weights4 w, const int8_t *x, ck_packed_format format, int first, int count) {
    int most = format == CK_INT8 || format == CK_AFFINE8 ? 2 : count;
    // two neighbouring lanes for each row
    int32x4_t low = vdupq_n_s32(0), high = low;
    CKQ_UNROLL for (int from = first; from < first + count; from += most) {
        int16x8_t a = vdupq_n_s16(0), b = a;
        CKQ_UNROLL for (int j = from; j < from + most; j++) {
            int32_t four;
            memcpy(&four, x + 4 * j, sizeof four);
            int8x16_t inputs = vreinterpretq_s8_s32(vdupq_n_s32(four));
            a = vmlal_s8(a, vget_low_s8(w.fours[j]), vget_low_s8(inputs));
            b = vmlal_high_s8(b, w.fours[j], inputs);
        }
        low = vpadalq_s16(low, a);
        high = vpadalq_s16(high, b);
    }
    return vpaddq_s32(low, high);
}
#endif

/// Adds a half of the rows' products with thirty-two inputs of a token, less an offset and scaled, to its sums.
CKQ_INLINE void add_products(
    rows8 *sum, weights4 w, rows8 scales, int half, const ck_inputs_block *inputs, int token,
    ck_packed_format format) {
    int32x4_t whole = products(w, inputs->values + 32 * token, format, 0, 8);
    if (format == CK_INT4) whole = vsubq_s32(whole, vdupq_n_s32(inputs->offsets[token]));
    float32x4_t scale = vmulq_n_f32(scales.half[half], inputs->scales[token]);
    sum->half[half] = vfmaq_f32(sum->half[half], vcvtq_f32_s32(whole), scale);
}

CKQ_INLINE void add_block(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, ck_packed_format format, int tokens) {
    CKQ_UNROLL for (int half = 0; half < 2; half++) {
        weights4 w = format == CK_INT4 ? nibble_weights(data, half) : byte_weights(data, 32, half);
        CKQ_UNROLL for (int t = 0; t < tokens; t++) add_products(&sums[t], w, scales, half, inputs, t, format);
    }
}

CKQ_INLINE int32x4_t rounded_inputs(float32x4_t x, float inverse) {
    float32x4_t scaled = vmulq_n_f32(x, inverse);
    uint32x4_t fits = vcltq_f32(vabsq_f32(scaled), vdupq_n_f32(127.5f));
    return vcvtnq_s32_f32(vbslq_f32(fits, scaled, vdupq_n_f32(-127.0f)));
}

CKQ_INLINE int32_t quantize_block(int8_t *values, float *scale, const float *x) {
    float32x4_t part[8];
    uint32x4_t magnitude = vdupq_n_u32(0);
    CKQ_UNROLL for (int i = 0; i < 8; i++) {
        part[i] = vld1q_f32(x + 4 * i);
        magnitude = vmaxq_u32(magnitude, vreinterpretq_u32_f32(vabsq_f32(part[i])));
    }
    float maximum = ck_float_of(vmaxvq_u32(magnitude)), inverse = maximum > 0 ? 127.0f / maximum : 0;
    *scale = maximum / 127.0f;
    int32x4_t sum = vdupq_n_s32(0);
    CKQ_UNROLL for (int i = 0; i < 8; i += 4) {
        int32x4_t whole[4];
        CKQ_UNROLL for (int j = 0; j < 4; j++) {
            whole[j] = rounded_inputs(part[i + j], inverse);
            sum = vaddq_s32(sum, whole[j]);
        }
        int16x8_t low = vcombine_s16(vmovn_s32(whole[0]), vmovn_s32(whole[1]));
        int16x8_t high = vcombine_s16(vmovn_s32(whole[2]), vmovn_s32(whole[3]));
        vst1q_s8(values + 4 * i, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
    }
    return vaddvq_s32(sum);
}

#endif
