/// Products of quantized blocks in plain C: the definition that the vector instruction sets must match bit for bit.

#ifndef MARTLET_BLOCKS_SCALAR_H
#define MARTLET_BLOCKS_SCALAR_H

#define CKQ_TARGET
#define CKQ_INLINE static inline
#define CKQ_UNROLL

/// One float for each of eight weight rows.
typedef struct {
    float lane[8];
} rows8;

CKQ_INLINE rows8 rows8_zero(void) { return (rows8){{0}}; }

CKQ_INLINE rows8 rows8_load(const float *p) {
    rows8 v;
    memcpy(v.lane, p, sizeof v.lane);
    return v;
}

CKQ_INLINE void rows8_store(float *p, rows8 v) { memcpy(p, v.lane, sizeof v.lane); }

CKQ_INLINE rows8 rows8_scaled(rows8 v, float factor) {
    for (int r = 0; r < 8; r++) v.lane[r] *= factor;
    return v;
}

CKQ_INLINE rows8 rows8_add(rows8 v, const float *p) {
    for (int r = 0; r < 8; r++) v.lane[r] += p[r];
    return v;
}

CKQ_INLINE void ckq_prefetch(const void *address) { (void)address; }

/// Eight scales, widened.
CKQ_INLINE rows8 rows8_scales(const char *p) {
    rows8 scales;
    for (int r = 0; r < 8; r++) {
        uint16_t half;
        memcpy(&half, p + 2 * r, sizeof half);
        scales.lane[r] = ck_f16_to_float(half);
    }
    return scales;
}

/// Adds (Σ weight · value) · scale · input scale of thirty-two inputs for eight rows and each of `tokens` tokens.
CKQ_INLINE void add_block(
    rows8 *sums, const char *data, rows8 scales, const ck_inputs_block *inputs, ck_packed_format format, int tokens) {
    for (int t = 0; t < tokens; t++) {
        const int8_t *x = inputs->values + 32 * t;
        for (int r = 0; r < 8; r++) {
            int32_t dot = format == CK_INT4 ? -inputs->offsets[t] : 0;
            for (int k = 0; k < 32; k++) {
                int place = k / 4 * 32 + r * 4 + k % 4;
                int32_t w = format == CK_INT4
                    ? (place < 128 ? (uint8_t)data[place] & 15 : (uint8_t)data[place - 128] >> 4)
                    : (int8_t)data[place];
                dot += w * x[k];
            }
            sums[t].lane[r] = fmaf((float)dot, scales.lane[r] * inputs->scales[t], sums[t].lane[r]);
        }
    }
}

/// Rounds thirty-two inputs to int8 with a scale of their own; returns the sum of the rounded values.
///
/// What is not finite makes the scale infinite or NaN, and so every product.
CKQ_INLINE int32_t quantize_block(int8_t *values, float *scale, const float *x) {
    uint32_t greatest = 0;
    for (int i = 0; i < 32; i++) {
        uint32_t magnitude = ck_bits_of(x[i]) & 0x7fffffff;
        if (magnitude > greatest) greatest = magnitude;
    }
    float maximum = ck_float_of(greatest), inverse = maximum > 0 ? 127.0f / maximum : 0;
    *scale = maximum / 127.0f;
    int32_t sum = 0;
    for (int i = 0; i < 32; i++) {
        float scaled = x[i] * inverse;
        int32_t value = fabsf(scaled) < 127.5f ? (int32_t)rintf(scaled) : -127;
        values[i] = (int8_t)value;
        sum += value;
    }
    return sum;
}

#endif
