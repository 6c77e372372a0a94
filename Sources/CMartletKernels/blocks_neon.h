/// Products of quantized blocks with NEON, with products of four bytes at a time where `CK_DOTPROD` is defined.
/// Definitions as in `blocks_scalar.h`.

#ifndef MARTLET_BLOCKS_NEON_H
#define MARTLET_BLOCKS_NEON_H

#define CKQ_TARGET CK_TARGET
#define CKQ_INLINE CK_INLINE
#define CKQ_UNROLL CK_UNROLL

typedef struct {
    float32x4_t low, high;
} rows8;

CKQ_INLINE rows8 rows8_zero(void) { return (rows8){vdupq_n_f32(0), vdupq_n_f32(0)}; }

CKQ_INLINE rows8 rows8_load(const float *p) { return (rows8){vld1q_f32(p), vld1q_f32(p + 4)}; }

CKQ_INLINE void rows8_store(float *p, rows8 v) {
    vst1q_f32(p, v.low);
    vst1q_f32(p + 4, v.high);
}

CKQ_INLINE rows8 rows8_scaled(rows8 v, float factor) {
    return (rows8){vmulq_n_f32(v.low, factor), vmulq_n_f32(v.high, factor)};
}

CKQ_INLINE rows8 rows8_add(rows8 v, const float *p) {
    return (rows8){vaddq_f32(v.low, vld1q_f32(p)), vaddq_f32(v.high, vld1q_f32(p + 4))};
}

CKQ_INLINE void ckq_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

CKQ_INLINE rows8 rows8_scales(const char *p) {
    uint8x16_t halves = vld1q_u8((const uint8_t *)p);
    return (rows8){
        vcvt_f32_f16(vreinterpret_f16_u8(vget_low_u8(halves))),
        vcvt_f32_f16(vreinterpret_f16_u8(vget_high_u8(halves)))};
}

/// Four inputs of eight rows: a row's four weights are neighbours.
typedef struct {
    int8x16_t low, high;
} weights8;

CKQ_INLINE weights8 weights8_load(const void *p) {
    return (weights8){vld1q_s8((const int8_t *)p), vld1q_s8((const int8_t *)p + 16)};
}

/// The low halves of bytes (0), or the high ones (1).
CKQ_INLINE weights8 weights8_nibbles(weights8 both, int half) {
    uint8x16_t low = vreinterpretq_u8_s8(both.low), high = vreinterpretq_u8_s8(both.high), mask = vdupq_n_u8(15);
    low = half == 0 ? vandq_u8(low, mask) : vshrq_n_u8(low, 4);
    high = half == 0 ? vandq_u8(high, mask) : vshrq_n_u8(high, 4);
    return (weights8){vreinterpretq_s8_u8(low), vreinterpretq_s8_u8(high)};
}

#ifdef CK_DOTPROD
/// The products of eight rows so far.
typedef struct {
    int32x4_t low, high;
} dots8;

CKQ_INLINE dots8 dots8_zero(void) { return (dots8){vdupq_n_s32(0), vdupq_n_s32(0)}; }

/// Adds the products with four of sixteen inputs; which four is known when the kernel is compiled.
CKQ_INLINE dots8 dots8_step(dots8 dots, weights8 w, int8x16_t x, int four) {
    switch (four) {
    case 0: return (dots8){vdotq_laneq_s32(dots.low, w.low, x, 0), vdotq_laneq_s32(dots.high, w.high, x, 0)};
    case 1: return (dots8){vdotq_laneq_s32(dots.low, w.low, x, 1), vdotq_laneq_s32(dots.high, w.high, x, 1)};
    case 2: return (dots8){vdotq_laneq_s32(dots.low, w.low, x, 2), vdotq_laneq_s32(dots.high, w.high, x, 2)};
    default: return (dots8){vdotq_laneq_s32(dots.low, w.low, x, 3), vdotq_laneq_s32(dots.high, w.high, x, 3)};
    }
}

/// Adds the products with sixteen inputs.
CKQ_INLINE dots8 dots8_sixteen(dots8 dots, const weights8 w[4], int8x16_t x, ck_packed_format format) {
    (void)format;
    CKQ_UNROLL for (int four = 0; four < 4; four++) dots = dots8_step(dots, w[four], x, four);
    return dots;
}

CKQ_INLINE int32x4_t dots8_low(dots8 dots) { return dots.low; }
CKQ_INLINE int32x4_t dots8_high(dots8 dots) { return dots.high; }
#else
/// The products of eight rows so far: two neighbouring lanes for each row.
typedef struct {
    int32x4_t pair[4];
} dots8;

CKQ_INLINE dots8 dots8_zero(void) {
    dots8 dots;
    CKQ_UNROLL for (int i = 0; i < 4; i++) dots.pair[i] = vdupq_n_s32(0);
    return dots;
}

/// Two rows' weights.
CKQ_INLINE int8x8_t two_rows(weights8 w, int pair) {
    int8x16_t four = pair < 2 ? w.low : w.high;
    return pair % 2 == 0 ? vget_low_s8(four) : vget_high_s8(four);
}

/// Four of sixteen inputs, once for each of two rows; which four is known when the kernel is compiled.
CKQ_INLINE int8x8_t four_inputs(int8x16_t x, int four) {
    int32x4_t all = vreinterpretq_s32_s8(x);
    switch (four) {
    case 0: return vreinterpret_s8_s32(vdup_laneq_s32(all, 0));
    case 1: return vreinterpret_s8_s32(vdup_laneq_s32(all, 1));
    case 2: return vreinterpret_s8_s32(vdup_laneq_s32(all, 2));
    default: return vreinterpret_s8_s32(vdup_laneq_s32(all, 3));
    }
}

/// Adds the products with sixteen inputs.
///
/// In sixteen bits add up four products of 15 · 127, or two of 128 · 127.
CKQ_INLINE dots8 dots8_sixteen(dots8 dots, const weights8 w[4], int8x16_t x, ck_packed_format format) {
    int most = format == CK_INT4 ? 4 : 2;
    CKQ_UNROLL for (int pair = 0; pair < 4; pair++) {
        CKQ_UNROLL for (int first = 0; first < 4; first += most) {
            int16x8_t products = vmull_s8(two_rows(w[first], pair), four_inputs(x, first));
            CKQ_UNROLL for (int four = first + 1; four < first + most; four++)
                products = vmlal_s8(products, two_rows(w[four], pair), four_inputs(x, four));
            dots.pair[pair] = vpadalq_s16(dots.pair[pair], products);
        }
    }
    return dots;
}

CKQ_INLINE int32x4_t dots8_low(dots8 dots) { return vpaddq_s32(dots.pair[0], dots.pair[1]); }
CKQ_INLINE int32x4_t dots8_high(dots8 dots) { return vpaddq_s32(dots.pair[2], dots.pair[3]); }
#endif

/// Adds a block's integer products less an offset, scaled, to the sums of a token.
CKQ_INLINE rows8 add_scaled(rows8 sum, dots8 dots, int32_t offset, rows8 scales, float input_scale) {
    int32x4_t off = vdupq_n_s32(offset);
    float32x4_t low = vcvtq_f32_s32(vsubq_s32(dots8_low(dots), off));
    float32x4_t high = vcvtq_f32_s32(vsubq_s32(dots8_high(dots), off));
    return (rows8){
        vfmaq_f32(sum.low, low, vmulq_n_f32(scales.low, input_scale)),
        vfmaq_f32(sum.high, high, vmulq_n_f32(scales.high, input_scale))};
}

CKQ_INLINE void add_block(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, ck_packed_format format, int tokens) {
    dots8 dots[CK_PACKED_TOKENS];
    CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = dots8_zero();
    CKQ_UNROLL for (int half = 0; half < 2; half++) {
        weights8 w[4];
        CKQ_UNROLL for (int j = 0; j < 4; j++) {
            w[j] = format == CK_INT4 ? weights8_nibbles(weights8_load(data + 32 * j), half)
                                     : weights8_load(data + 128 * half + 32 * j);
        }
        CKQ_UNROLL for (int t = 0; t < tokens; t++)
            dots[t] = dots8_sixteen(dots[t], w, vld1q_s8(inputs->values + 32 * t + 16 * half), format);
    }
    CKQ_UNROLL for (int t = 0; t < tokens; t++) {
        int32_t offset = format == CK_INT4 ? inputs->offsets[t] : 0;
        sums[t] = add_scaled(sums[t], dots[t], offset, scales, inputs->scales[t]);
    }
}

/// From how many tokens on four-bit weights are unpacked for all of them.
#define CKQ_UNPACK_TOKENS 8
/// Bytes of an unpacked block of four-bit weights of one group.
#define CKQ_UNPACKED_SIZE 256

/// Writes a block's four-bit weights as bytes, every four inputs of the eight rows 64 bytes behind the last.
CKQ_INLINE void unpack_block(uint8_t *to, const char *data) {
    CKQ_UNROLL for (int j = 0; j < 4; j++) {
        weights8 both = weights8_load(data + 32 * j);
        CKQ_UNROLL for (int half = 0; half < 2; half++) {
            weights8 w = weights8_nibbles(both, half);
            int8_t *p = (int8_t *)to + 64 * (j + 4 * half);
            vst1q_s8(p, w.low);
            vst1q_s8(p + 16, w.high);
        }
    }
}

/// Adds a block of unpacked weights of two groups to the sums of tokens, `[tokens][groups]`.
CKQ_INLINE void add_unpacked(
    rows8 *sums, const uint8_t *weights, const float scales[2][8], const ck_inputs_block *inputs, int tokens) {
    CKQ_UNROLL for (int g = 0; g < 2; g++) {
        dots8 dots[CK_PACKED_TOKENS];
        CKQ_UNROLL for (int t = 0; t < tokens; t++) dots[t] = dots8_zero();
        CKQ_UNROLL for (int half = 0; half < 2; half++) {
            weights8 w[4];
            CKQ_UNROLL for (int j = 0; j < 4; j++) w[j] = weights8_load(weights + 64 * (4 * half + j) + 32 * g);
            CKQ_UNROLL for (int t = 0; t < tokens; t++)
                dots[t] = dots8_sixteen(dots[t], w, vld1q_s8(inputs->values + 32 * t + 16 * half), CK_INT4);
        }
        CKQ_UNROLL for (int t = 0; t < tokens; t++) {
            rows8 *sum = &sums[2 * t + g];
            *sum = add_scaled(*sum, dots[t], inputs->offsets[t], rows8_load(scales[g]), inputs->scales[t]);
        }
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
