/// Sixteen-bit floating-point formats in plain C.

#ifndef MARTLET_FORMATS_H
#define MARTLET_FORMATS_H

#include <stdint.h>
#include <string.h>

static inline uint32_t ck_bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float ck_float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float ck_bf16_to_float(uint16_t h) { return ck_float_of((uint32_t)h << 16); }

/// Rounds to nearest, ties to even; NaN stays a quiet NaN.
static inline uint16_t ck_float_to_bf16(float value) {
    uint32_t bits = ck_bits_of(value);
    if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)((bits >> 16) | 0x40);
    return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static inline float ck_f16_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t magnitude = h & 0x7fff;
    if (magnitude >= 0x7c00) {
        uint32_t quiet = magnitude > 0x7c00 ? 0x400000 : 0;
        return ck_float_of(sign | 0x7f800000 | quiet | (magnitude & 0x3ff) << 13);
    }
    if (magnitude >= 0x400) return ck_float_of(sign | ((magnitude << 13) + 0x38000000));
    // a subnormal is its magnitude times 2^-24, exact in float32
    return ck_float_of(sign | ck_bits_of((float)magnitude * 0x1p-24f));
}

/// Rounds to nearest, ties to even; too large becomes infinite, NaN stays a quiet NaN.
static inline uint16_t ck_float_to_f16(float value) {
    uint32_t bits = ck_bits_of(value);
    uint16_t sign = (uint16_t)((bits >> 16) & 0x8000);
    bits &= 0x7fffffff;
    if (bits > 0x7f800000) return (uint16_t)(sign | 0x7e00 | ((bits >> 13) & 0x3ff));
    if (bits >= 0x47800000) return (uint16_t)(sign | 0x7c00);
    if (bits < 0x38800000) {
        // adding 0.5 leaves the subnormal's 10 bits, rounded, at the bottom of the pattern
        return (uint16_t)(sign | (ck_bits_of(ck_float_of(bits) + 0.5f) - 0x3f000000));
    }
    uint32_t rounded = bits - 0x38000000 + 0xfff + ((bits >> 13) & 1);
    return (uint16_t)(sign | (rounded >> 13));
}

#endif
