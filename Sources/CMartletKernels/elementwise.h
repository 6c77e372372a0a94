/// Elementwise operations and reductions of rows, over the vectors of the instruction set included before.

/// exp(x) for x in −87…88, clamped beyond; NaN stays NaN.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r = 1 + r + r²·P(r), relative error below 1e-7.
CK_INLINE vec v_exp(vec x) {
    x = v_max(v_set1(-87.0f), x);
    x = v_min(v_set1(88.0f), x);
    // 1.5 · 2^23 rounds to an integer in the low bits of the pattern
    vec magic = v_set1(12582912.0f);
    vec t = v_fma(x, v_set1(1.44269504f), magic);
    vec n = v_sub(t, magic);
    vec r = v_fnma(n, v_set1(0.693359375f), x);
    r = v_fnma(n, v_set1(-2.12194440e-4f), r);
    vec p = v_set1(0.0013926213141530752f);
    p = v_fma(p, r, v_set1(0.008363203145563602f));
    p = v_fma(p, r, v_set1(0.041666556149721146f));
    p = v_fma(p, r, v_set1(0.16666576266288757f));
    p = v_fma(p, r, v_set1(0.5f));
    p = v_fma(v_mul(p, r), r, v_add(r, v_set1(1.0f)));
    return v_add_exponent(p, t);
}

/// exp(x) for x ≤ 0 with exactly 0 below −87.
CK_INLINE vec v_exp_or_zero(vec x) { return v_zero_below(v_exp(x), x, v_set1(-87.0f)); }

CK_INLINE vec load_format(const char *p, ck_format format) {
    switch (format) {
    case CK_BFLOAT16:
        return v_load_bf16(p);
    case CK_FLOAT16:
        return v_load_f16(p);
    default:
        return v_load(p);
    }
}

CK_INLINE vec load_format_n(const char *p, ck_format format, size_t n) {
    char padded[64] = {0};
    memcpy(padded, p, n * element_size(format));
    return load_format(padded, format);
}

CK_INLINE vec load_some(const char *p, ck_format format, size_t n) {
    return n >= 16 ? load_format(p, format) : load_format_n(p, format, n);
}

CK_INLINE vec load_up_to(const float *p, size_t n) { return n >= 16 ? v_load(p) : v_load_n(p, n); }

CK_INLINE void store_up_to(float *p, vec v, size_t n) {
    if (n >= 16) {
        v_store(p, v);
    } else {
        v_store_n(p, v, n);
    }
}

CK_TARGET static void widen(float *destination, const void *source, ck_format format, size_t count) {
    const char *p = source;
    for (size_t i = 0; i < count; i += 16)
        store_up_to(destination + i, load_some(p + i * element_size(format), format, count - i), count - i);
}

CK_INLINE void rms_norm_format(float *out, const float *x, const ck_norm *norm, ck_format format) {
    size_t width = norm->width;
    const char *weight = norm->weight;
    vec squares = v_zero();
    for (size_t i = 0; i < width; i += 16) {
        vec v = load_up_to(x + i, width - i);
        squares = v_fma(v, v, squares);
    }
    vec factor = v_set1(1.0f / sqrtf(v_sum(squares) / (float)width + norm->epsilon));
    for (size_t i = 0; i < width; i += 16) {
        vec v = v_mul(load_up_to(x + i, width - i), factor);
        vec w = load_some(weight + i * element_size(format), format, width - i);
        store_up_to(out + i, v_mul(v, w), width - i);
    }
}

CK_TARGET static void rms_norm(float *out, const float *x, const ck_norm *norm, size_t groups) {
    for (size_t g = 0; g < groups; g++, out += norm->width, x += norm->width) {
        switch (norm->format) {
        case CK_FLOAT32:
            rms_norm_format(out, x, norm, CK_FLOAT32);
            break;
        case CK_BFLOAT16:
        case CK_BFLOAT16_DOT:
            rms_norm_format(out, x, norm, CK_BFLOAT16);
            break;
        case CK_FLOAT16:
            rms_norm_format(out, x, norm, CK_FLOAT16);
            break;
        }
    }
}

CK_TARGET static void add(float *target, const float *addend, size_t count) {
    for (size_t i = 0; i < count; i += 16) {
        size_t n = count - i;
        store_up_to(target + i, v_add(load_up_to(target + i, n), load_up_to(addend + i, n)), n);
    }
}

CK_TARGET static void scale(float *x, float factor, size_t count) {
    for (size_t i = 0; i < count; i += 16)
        store_up_to(x + i, v_mul(load_up_to(x + i, count - i), v_set1(factor)), count - i);
}

CK_TARGET static void rotary(
    float *x, const float *table, size_t rotary_dimension, size_t head_dimension, size_t heads) {
    size_t half = rotary_dimension / 2;
    for (size_t h = 0; h < heads; h++) {
        float *first = x + h * head_dimension, *second = first + half;
        for (size_t i = 0; i < half; i += 16) {
            size_t n = half - i;
            vec a = load_up_to(first + i, n), b = load_up_to(second + i, n);
            vec cosine = load_up_to(table + i, n), sine = load_up_to(table + half + i, n);
            store_up_to(first + i, v_fnma(b, sine, v_mul(a, cosine)), n);
            store_up_to(second + i, v_fma(a, sine, v_mul(b, cosine)), n);
        }
    }
}

CK_TARGET static float maximum(const float *x, size_t count) {
    vec a = v_set1(-INFINITY), b = a, c = a, d = a;
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        a = v_max(v_load(x + i), a);
        b = v_max(v_load(x + i + 16), b);
        c = v_max(v_load(x + i + 32), c);
        d = v_max(v_load(x + i + 48), d);
    }
    float greatest = v_greatest(v_max(v_max(a, b), v_max(c, d)));
    for (; i < count; i++) greatest = x[i] > greatest ? x[i] : greatest;
    return greatest;
}
