/// Sixteen floats in four 128-bit registers. Definitions as in `simd_scalar.h`.

#ifndef MARTLET_SIMD_NEON_H
#define MARTLET_SIMD_NEON_H

#include <arm_neon.h>
#include <string.h>

#ifdef CK_DOTPROD
#define CK_TARGET __attribute__((target("dotprod")))
#define CK_INLINE static inline __attribute__((always_inline, target("dotprod")))
#else
#define CK_TARGET
#define CK_INLINE static inline __attribute__((always_inline))
#endif
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#define CK_NARROW_SUMS 4
#define CK_LINEAR_ROWS 2
#define CK_LINEAR_TOKENS 4
#define CK_BLOCK_GROUPS (16 / CK_LINEAR_ROWS)
#define CK_SEGMENT_BLOCKS 32
#define CK_BLOCKS_HEADER "blocks_neon.h"
#define CK_SCALED_BLOCKS_HEADER "scaled_blocks_neon.h"
#define CK_UNPACKED_HEADER "unpacked_neon.h"
#define CK_PASSES_HEADER "passes_neon.h"
#define CK_TILE_ROWS 6
#define CK_QUARTERS CK_UNROLL for (int i = 0; i < 4; i++)

typedef struct {
    float32x4_t quarter[4];
} vec;

CK_INLINE void v_prefetch(const void *address) { __builtin_prefetch(address, 0, 2); }

CK_INLINE vec v_set1(float value) {
    vec r;
    CK_QUARTERS r.quarter[i] = vdupq_n_f32(value);
    return r;
}

CK_INLINE vec v_zero(void) { return v_set1(0); }

CK_INLINE vec v_load(const void *p) {
    vec r;
    CK_QUARTERS r.quarter[i] = vreinterpretq_f32_u8(vld1q_u8((const uint8_t *)p + 16 * i));
    return r;
}

CK_INLINE vec v_load_n(const void *p, size_t n) {
    float lanes[16] = {0};
    memcpy(lanes, p, n * sizeof(float));
    return v_load(lanes);
}

CK_INLINE void v_store(float *p, vec v) { CK_QUARTERS vst1q_f32(p + 4 * i, v.quarter[i]); }

CK_INLINE void v_store_n(float *p, vec v, size_t n) {
    float lanes[16];
    v_store(lanes, v);
    memcpy(p, lanes, n * sizeof(float));
}

CK_INLINE vec v_add(vec a, vec b) {
    CK_QUARTERS a.quarter[i] = vaddq_f32(a.quarter[i], b.quarter[i]);
    return a;
}

CK_INLINE vec v_sub(vec a, vec b) {
    CK_QUARTERS a.quarter[i] = vsubq_f32(a.quarter[i], b.quarter[i]);
    return a;
}

CK_INLINE vec v_mul(vec a, vec b) {
    CK_QUARTERS a.quarter[i] = vmulq_f32(a.quarter[i], b.quarter[i]);
    return a;
}

CK_INLINE vec v_div(vec a, vec b) {
    CK_QUARTERS a.quarter[i] = vdivq_f32(a.quarter[i], b.quarter[i]);
    return a;
}

CK_INLINE vec v_fma(vec a, vec b, vec c) {
    CK_QUARTERS c.quarter[i] = vfmaq_f32(c.quarter[i], a.quarter[i], b.quarter[i]);
    return c;
}

CK_INLINE vec v_fnma(vec a, vec b, vec c) {
    CK_QUARTERS c.quarter[i] = vfmsq_f32(c.quarter[i], a.quarter[i], b.quarter[i]);
    return c;
}

CK_INLINE vec v_max(vec a, vec b) {
    CK_QUARTERS b.quarter[i] = vbslq_f32(vcgtq_f32(a.quarter[i], b.quarter[i]), a.quarter[i], b.quarter[i]);
    return b;
}

CK_INLINE vec v_min(vec a, vec b) {
    CK_QUARTERS b.quarter[i] = vbslq_f32(vcltq_f32(a.quarter[i], b.quarter[i]), a.quarter[i], b.quarter[i]);
    return b;
}

CK_INLINE vec v_zero_below(vec value, vec x, vec limit) {
    CK_QUARTERS value.quarter[i] =
        vbslq_f32(vcltq_f32(x.quarter[i], limit.quarter[i]), vdupq_n_f32(0), value.quarter[i]);
    return value;
}

CK_INLINE vec v_add_exponent(vec p, vec t) {
    CK_QUARTERS {
        uint32x4_t shifted = vshlq_n_u32(vreinterpretq_u32_f32(t.quarter[i]), 23);
        p.quarter[i] = vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(p.quarter[i]), shifted));
    }
    return p;
}

CK_INLINE float v_sum(vec v) {
    // (i, i+8), (i, i+4), (i, i+2), (i, i+1)
    float32x4_t a = vaddq_f32(v.quarter[0], v.quarter[2]), b = vaddq_f32(v.quarter[1], v.quarter[3]);
    float32x4_t c = vaddq_f32(a, b);
    float32x2_t d = vadd_f32(vget_low_f32(c), vget_high_f32(c));
    return vget_lane_f32(d, 0) + vget_lane_f32(d, 1);
}

CK_INLINE float v_greatest(vec v) {
    float32x4_t a = vmaxq_f32(v.quarter[0], v.quarter[1]), b = vmaxq_f32(v.quarter[2], v.quarter[3]);
    return vmaxvq_f32(vmaxq_f32(a, b));
}

CK_INLINE vec v_load_bf16(const void *p) {
    vec r;
    CK_QUARTERS {
        uint16x4_t half = vreinterpret_u16_u8(vld1_u8((const uint8_t *)p + 8 * i));
        r.quarter[i] = vreinterpretq_f32_u32(vshll_n_u16(half, 16));
    }
    return r;
}

CK_INLINE vec v_load_f16(const void *p) {
    vec r;
    CK_QUARTERS r.quarter[i] = vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8((const uint8_t *)p + 8 * i)));
    return r;
}

CK_INLINE void v_load_bf16_pair(const void *p, vec *even, vec *odd) {
    CK_QUARTERS {
        uint32x4_t both = vreinterpretq_u32_u8(vld1q_u8((const uint8_t *)p + 16 * i));
        even->quarter[i] = vreinterpretq_f32_u32(vshlq_n_u32(both, 16));
        odd->quarter[i] = vreinterpretq_f32_u32(vandq_u32(both, vdupq_n_u32(0xffff0000)));
    }
}

CK_INLINE void v_load_pairs(const float *p, vec *even, vec *odd) {
    CK_QUARTERS {
        float32x4x2_t pairs = vld2q_f32(p + 8 * i);
        even->quarter[i] = pairs.val[0];
        odd->quarter[i] = pairs.val[1];
    }
}

CK_INLINE void v_store_bf16(void *p, vec v) {
    CK_QUARTERS {
        uint32x4_t bits = vreinterpretq_u32_f32(v.quarter[i]);
        uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
        uint32x4_t rounded = vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff)));
        uint32x4_t ordered = vceqq_f32(v.quarter[i], v.quarter[i]);
        rounded = vbslq_u32(ordered, rounded, vorrq_u32(bits, vdupq_n_u32(0x400000)));
        vst1_u8((uint8_t *)p + 8 * i, vreinterpret_u8_u16(vshrn_n_u32(rounded, 16)));
    }
}

CK_INLINE void v_store_f16(void *p, vec v) {
    CK_QUARTERS vst1_u8((uint8_t *)p + 8 * i, vreinterpret_u8_f16(vcvt_f16_f32(v.quarter[i])));
}

CK_INLINE vec v_load_i8(const void *p) {
    int8x16_t bytes = vld1q_s8((const int8_t *)p);
    int16x8_t halves[2] = {vmovl_s8(vget_low_s8(bytes)), vmovl_s8(vget_high_s8(bytes))};
    vec r;
    CK_UNROLL for (int i = 0; i < 2; i++) {
        r.quarter[2 * i] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(halves[i])));
        r.quarter[2 * i + 1] = vcvtq_f32_s32(vmovl_s16(vget_high_s16(halves[i])));
    }
    return r;
}

CK_INLINE void v_store_i8(void *p, vec v) {
    int16x4_t halves[4];
    CK_QUARTERS halves[i] = vmovn_s32(vcvtnq_s32_f32(v.quarter[i]));
    int8x8_t low = vmovn_s16(vcombine_s16(halves[0], halves[1]));
    vst1q_s8((int8_t *)p, vcombine_s8(low, vmovn_s16(vcombine_s16(halves[2], halves[3]))));
}

/// out[2 · j + i] = the sum of a[4 · i + j]: sums of a tile of two rows × four tokens, by token.
CK_INLINE void v_sum8(const vec a[8], float out[8]) {
    CK_UNROLL for (int i = 0; i < 2; i++)
        CK_UNROLL for (int j = 0; j < 4; j++) out[2 * j + i] = v_sum(a[4 * i + j]);
}

/// Sixteen elements of a table of bytes, by indices below sixteen.
#define CK_LOOKUP(result, table, indices) ((result) = (bytes16)vqtbl1q_u8((uint8x16_t)(table), (uint8x16_t)(indices)))

CK_INLINE float s_f16(uint16_t h) {
    return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(h))), 0);
}

#define CK_SUM_TILE v_sum8

#endif
