/// Sixteen floats in plain C: the definition that the vector instruction sets must match bit for bit.

#ifndef MARTLET_SIMD_SCALAR_H
#define MARTLET_SIMD_SCALAR_H

#include "formats.h"

#include <math.h>
#include <string.h>

#define CK_TARGET
#define CK_INLINE static inline
#define CK_UNROLL
#define CK_NARROW_SUMS 4
#define CK_LINEAR_ROWS 2
#define CK_LINEAR_TOKENS 4
#define CK_BLOCK_GROUPS (16 / CK_LINEAR_ROWS)
#define CK_SEGMENT_BLOCKS 0
#define CK_BLOCKS_HEADER "blocks_scalar.h"
#define CK_SCALED_BLOCKS_HEADER "scaled_blocks_scalar.h"
#define CK_PASSES_HEADER "passes_one.h"
#define CK_TILE_ROWS 4
#define CK_LANES_LOOP _Pragma("clang loop unroll(disable)") for (int i = 0; i < 16; i++)

typedef struct {
    float lane[16];
} vec;

CK_INLINE void v_prefetch(const void *address) { (void)address; }

CK_INLINE vec v_set1(float value) {
    vec r;
    CK_LANES_LOOP r.lane[i] = value;
    return r;
}

CK_INLINE vec v_zero(void) { return v_set1(0); }

CK_INLINE vec v_load(const void *p) {
    vec r;
    memcpy(r.lane, p, sizeof r.lane);
    return r;
}

CK_INLINE vec v_load_n(const void *p, size_t n) {
    vec r = v_zero();
    memcpy(r.lane, p, n * sizeof(float));
    return r;
}

CK_INLINE void v_store(float *p, vec v) { memcpy(p, v.lane, sizeof v.lane); }

CK_INLINE void v_store_n(float *p, vec v, size_t n) { memcpy(p, v.lane, n * sizeof(float)); }

CK_INLINE vec v_add(vec a, vec b) {
    CK_LANES_LOOP a.lane[i] += b.lane[i];
    return a;
}

CK_INLINE vec v_sub(vec a, vec b) {
    CK_LANES_LOOP a.lane[i] -= b.lane[i];
    return a;
}

CK_INLINE vec v_mul(vec a, vec b) {
    CK_LANES_LOOP a.lane[i] *= b.lane[i];
    return a;
}

CK_INLINE vec v_div(vec a, vec b) {
    CK_LANES_LOOP a.lane[i] /= b.lane[i];
    return a;
}

/// a·b + c, rounded once.
CK_INLINE vec v_fma(vec a, vec b, vec c) {
    CK_LANES_LOOP c.lane[i] = fmaf(a.lane[i], b.lane[i], c.lane[i]);
    return c;
}

/// c − a·b, rounded once.
CK_INLINE vec v_fnma(vec a, vec b, vec c) {
    CK_LANES_LOOP c.lane[i] = fmaf(-a.lane[i], b.lane[i], c.lane[i]);
    return c;
}

/// a > b ? a : b; b where either is NaN.
CK_INLINE vec v_max(vec a, vec b) {
    CK_LANES_LOOP b.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return b;
}

/// a < b ? a : b; b where either is NaN.
CK_INLINE vec v_min(vec a, vec b) {
    CK_LANES_LOOP b.lane[i] = a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i];
    return b;
}

/// `value` where x >= limit or x is NaN, else 0.
CK_INLINE vec v_zero_below(vec value, vec x, vec limit) {
    CK_LANES_LOOP value.lane[i] = x.lane[i] < limit.lane[i] ? 0 : value.lane[i];
    return value;
}

/// Adds the low bits of t to the exponent of p: p · 2^t for an integer held in the low bits of a float's pattern.
CK_INLINE vec v_add_exponent(vec p, vec t) {
    CK_LANES_LOOP p.lane[i] = ck_float_of(ck_bits_of(p.lane[i]) + (ck_bits_of(t.lane[i]) << 23));
    return p;
}

CK_INLINE float v_sum(vec v) {
    for (int width = 8; width > 0; width /= 2)
        for (int i = 0; i < width; i++) v.lane[i] += v.lane[i + width];
    return v.lane[0];
}

CK_INLINE float v_greatest(vec v) {
    float r = v.lane[0];
    for (int i = 1; i < 16; i++) r = v.lane[i] > r ? v.lane[i] : r;
    return r;
}

CK_INLINE vec v_load_bf16(const void *p) {
    uint16_t h[16];
    memcpy(h, p, sizeof h);
    vec r;
    CK_LANES_LOOP r.lane[i] = ck_bf16_to_float(h[i]);
    return r;
}

CK_INLINE vec v_load_f16(const void *p) {
    uint16_t h[16];
    memcpy(h, p, sizeof h);
    vec r;
    CK_LANES_LOOP r.lane[i] = ck_f16_to_float(h[i]);
    return r;
}

/// Thirty-two bfloat16: lane j of `even` has element 2j, of `odd` 2j + 1.
CK_INLINE void v_load_bf16_pair(const void *p, vec *even, vec *odd) {
    uint16_t h[32];
    memcpy(h, p, sizeof h);
    CK_LANES_LOOP {
        even->lane[i] = ck_bf16_to_float(h[2 * i]);
        odd->lane[i] = ck_bf16_to_float(h[2 * i + 1]);
    }
}

/// Thirty-two floats: lane j of `even` has element 2j, of `odd` 2j + 1.
CK_INLINE void v_load_pairs(const float *p, vec *even, vec *odd) {
    CK_LANES_LOOP {
        even->lane[i] = p[2 * i];
        odd->lane[i] = p[2 * i + 1];
    }
}

CK_INLINE void v_store_bf16(void *p, vec v) {
    uint16_t h[16];
    CK_LANES_LOOP h[i] = ck_float_to_bf16(v.lane[i]);
    memcpy(p, h, sizeof h);
}

CK_INLINE void v_store_f16(void *p, vec v) {
    uint16_t h[16];
    CK_LANES_LOOP h[i] = ck_float_to_f16(v.lane[i]);
    memcpy(p, h, sizeof h);
}

/// Sixteen signed bytes.
CK_INLINE vec v_load_i8(const void *p) {
    int8_t bytes[16];
    memcpy(bytes, p, sizeof bytes);
    vec r;
    CK_LANES_LOOP r.lane[i] = bytes[i];
    return r;
}

/// Rounds numbers in −128…127 to nearest, ties to even.
CK_INLINE void v_store_i8(void *p, vec v) {
    int8_t bytes[16];
    CK_LANES_LOOP bytes[i] = (int8_t)lrintf(v.lane[i]);
    memcpy(p, bytes, sizeof bytes);
}

/// out[2 · j + i] = the sum of a[4 · i + j]: sums of a tile of two rows × four tokens, by token.
CK_INLINE void v_sum8(const vec a[8], float out[8]) {
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 4; j++) out[2 * j + i] = v_sum(a[4 * i + j]);
}

/// Sixteen elements of a table of bytes, by indices below sixteen.
#define CK_LOOKUP(result, table, indices) \
    do { \
        for (int lane = 0; lane < 16; lane++) (result)[lane] = (table)[(indices)[lane]]; \
    } while (0)

CK_INLINE float s_f16(uint16_t h) { return ck_f16_to_float(h); }

#define CK_SUM_TILE v_sum8

#endif
