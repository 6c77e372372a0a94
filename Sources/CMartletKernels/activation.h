/// Activations and normalization by mean and variance, over the vectors included before.

/// tanh(x) = 1 − 2 / (1 + exp(2x)), to within 1e-7.
CK_INLINE vec v_tanh(vec x) {
    vec e = v_exp(v_add(x, x));
    return v_sub(v_set1(1.0f), v_div(v_set1(2.0f), v_add(e, v_set1(1.0f))));
}

/// x / (1 + exp(−factor · x))
CK_INLINE vec v_swish(vec x, float factor) {
    return v_div(x, v_add(v_set1(1.0f), v_exp(v_mul(x, v_set1(-factor)))));
}

/// x · Φ(x) = max(x, 0) − |x| · Φ(−|x|), to within 1e-7.
///
/// Φ(−|x|) = exp(−z²) · t · P(t) / 2 with z = |x| / √2, t = 1 / (1 + 0.38 z); P is fitted to 2.5e-8.
CK_INLINE vec v_gelu(vec x) {
    vec magnitude = v_max(x, v_sub(v_zero(), x));
    vec z = v_mul(magnitude, v_set1(0.70710678f));
    vec t = v_div(v_set1(1.0f), v_fma(z, v_set1(0.38f), v_set1(1.0f)));
    vec p = v_set1(0.0584217794239521f);
    p = v_fma(p, t, v_set1(-0.2598602771759033f));
    p = v_fma(p, t, v_set1(0.3593386113643646f));
    p = v_fma(p, t, v_set1(-0.1568387746810913f));
    p = v_fma(p, t, v_set1(0.22721858322620392f));
    p = v_fma(p, t, v_set1(0.13968056440353394f));
    p = v_fma(p, t, v_set1(0.2036852389574051f));
    p = v_fma(p, t, v_set1(0.2139444500207901f));
    p = v_fma(p, t, v_set1(0.21440982818603516f));
    vec tail = v_mul(v_mul(v_exp_or_zero(v_fnma(z, z, v_zero())), t), p);
    return v_fnma(magnitude, v_mul(tail, v_set1(0.5f)), v_max(x, v_zero()));
}

/// x · σ(2u) with u = √(2/π) · (x + 0.044715 x³): the same as x · (1 + tanh u) / 2.
CK_INLINE vec v_gelu_tanh(vec x) {
    vec cube = v_mul(v_mul(x, x), x);
    vec u = v_mul(v_fma(cube, v_set1(0.044715f), x), v_set1(-1.5957691216f));
    return v_div(x, v_add(v_set1(1.0f), v_exp(u)));
}

CK_INLINE vec v_activate(vec x, ck_activation kind) {
    switch (kind) {
    case CK_GELU:
        return v_gelu(x);
    case CK_GELU_TANH:
        return v_gelu_tanh(x);
    case CK_QUICK_GELU:
        return v_swish(x, 1.702f);
    case CK_RELU:
        return v_max(x, v_zero());
    case CK_RELU_SQUARED: {
        vec positive = v_max(x, v_zero());
        return v_mul(positive, positive);
    }
    default:
        return v_swish(x, 1.0f);
    }
}

CK_INLINE void activate_kind(float *out, const float *x, size_t count, ck_activation kind) {
    for (size_t i = 0; i < count; i += 16)
        store_up_to(out + i, v_activate(load_up_to(x + i, count - i), kind), count - i);
}

CK_INLINE void gate_kind(float *out, const float *gate, const float *up, size_t count, ck_activation kind) {
    for (size_t i = 0; i < count; i += 16) {
        size_t n = count - i;
        store_up_to(out + i, v_mul(v_activate(load_up_to(gate + i, n), kind), load_up_to(up + i, n)), n);
    }
}

CK_TARGET static void activate(float *out, const float *x, size_t count, ck_activation kind) {
    switch (kind) {
    case CK_SILU:
        activate_kind(out, x, count, CK_SILU);
        break;
    case CK_GELU:
        activate_kind(out, x, count, CK_GELU);
        break;
    case CK_GELU_TANH:
        activate_kind(out, x, count, CK_GELU_TANH);
        break;
    case CK_QUICK_GELU:
        activate_kind(out, x, count, CK_QUICK_GELU);
        break;
    case CK_RELU:
        activate_kind(out, x, count, CK_RELU);
        break;
    case CK_RELU_SQUARED:
        activate_kind(out, x, count, CK_RELU_SQUARED);
        break;
    }
}

CK_TARGET static void gate(float *out, const float *gate, const float *up, size_t count, ck_activation kind) {
    switch (kind) {
    case CK_SILU:
        gate_kind(out, gate, up, count, CK_SILU);
        break;
    case CK_GELU:
        gate_kind(out, gate, up, count, CK_GELU);
        break;
    case CK_GELU_TANH:
        gate_kind(out, gate, up, count, CK_GELU_TANH);
        break;
    case CK_QUICK_GELU:
        gate_kind(out, gate, up, count, CK_QUICK_GELU);
        break;
    case CK_RELU:
        gate_kind(out, gate, up, count, CK_RELU);
        break;
    case CK_RELU_SQUARED:
        gate_kind(out, gate, up, count, CK_RELU_SQUARED);
        break;
    }
}

CK_TARGET static void gate_clamped(
    float *out, const float *gate, const float *up, size_t count, float factor, float limit) {
    vec most = v_set1(limit), least = v_set1(-limit);
    for (size_t i = 0; i < count; i += 16) {
        size_t n = count - i;
        vec g = v_min(most, load_up_to(gate + i, n));
        vec u = v_max(least, v_min(most, load_up_to(up + i, n)));
        store_up_to(out + i, v_mul(v_swish(g, factor), v_add(u, v_set1(1.0f))), n);
    }
}

/// One group of `layer_norm`; `weight` and `bias` may be null.
CK_INLINE void layer_norm_group(
    float *out, const float *x, const float *weight, const float *bias, size_t width, float epsilon) {
    vec sum = v_zero(), squares = v_zero();
    for (size_t i = 0; i < width; i += 16) sum = v_add(load_up_to(x + i, width - i), sum);
    vec mean = v_set1(v_sum(sum) / (float)width);
    for (size_t i = 0; i + 16 <= width; i += 16) {
        vec d = v_sub(v_load(x + i), mean);
        squares = v_fma(d, d, squares);
    }
    if (width % 16 > 0) {
        // the lanes beyond the row are the mean, so that they add nothing
        float lanes[16];
        v_store(lanes, mean);
        memcpy(lanes, x + width / 16 * 16, width % 16 * sizeof(float));
        vec d = v_sub(v_load(lanes), mean);
        squares = v_fma(d, d, squares);
    }
    vec factor = v_set1(1.0f / sqrtf(v_sum(squares) / (float)width + epsilon));
    for (size_t i = 0; i < width; i += 16) {
        size_t n = width - i;
        vec v = v_mul(v_sub(load_up_to(x + i, n), mean), factor);
        if (weight) v = v_mul(v, load_up_to(weight + i, n));
        if (bias) v = v_add(v, load_up_to(bias + i, n));
        store_up_to(out + i, v, n);
    }
}

CK_TARGET static void layer_norm(float *out, const float *x, const ck_layer_norm *norm, size_t groups) {
    size_t width = norm->width;
    for (size_t g = 0; g < groups; g++) {
        size_t offset = g % norm->period * width;
        const float *weight = norm->weight ? norm->weight + offset : NULL;
        const float *bias = norm->bias ? norm->bias + offset : NULL;
        layer_norm_group(out + g * width, x + g * width, weight, bias, width, norm->epsilon);
    }
}

CK_TARGET static void clamp(float *x, float limit, size_t count) {
    vec most = v_set1(limit), least = v_set1(-limit);
    for (size_t i = 0; i < count; i += 16)
        store_up_to(x + i, v_max(least, v_min(most, load_up_to(x + i, count - i))), count - i);
}

CK_TARGET static void soft_cap(float *x, float cap, size_t count) {
    vec factor = v_set1(cap), inverse = v_set1(1.0f / cap);
    for (size_t i = 0; i < count; i += 16)
        store_up_to(x + i, v_mul(factor, v_tanh(v_mul(load_up_to(x + i, count - i), inverse))), count - i);
}

CK_TARGET static void add_multiple(float *target, const float *addend, float factor, size_t count) {
    vec f = v_set1(factor);
    for (size_t i = 0; i < count; i += 16) {
        size_t n = count - i;
        store_up_to(target + i, v_fma(load_up_to(addend + i, n), f, load_up_to(target + i, n)), n);
    }
}

/// Pairs that lie next to each other: rotated one by one, each with the same two roundings as in `rotary`.
CK_TARGET static void rotary_interleaved(
    float *x, const float *table, size_t rotary_dimension, size_t head_dimension, size_t heads) {
    size_t half = rotary_dimension / 2;
    for (size_t h = 0; h < heads; h++) {
        float *head = x + h * head_dimension;
        for (size_t i = 0; i < half; i += 16) {
            float first[16], second[16];
            size_t n = half - i < 16 ? half - i : 16;
            for (size_t j = 0; j < n; j++) {
                first[j] = head[2 * (i + j)];
                second[j] = head[2 * (i + j) + 1];
            }
            vec a = v_load_n(first, n), b = v_load_n(second, n);
            vec cosine = v_load_n(table + i, n), sine = v_load_n(table + half + i, n);
            v_store_n(first, v_fnma(b, sine, v_mul(a, cosine)), n);
            v_store_n(second, v_fma(a, sine, v_mul(b, cosine)), n);
            for (size_t j = 0; j < n; j++) {
                head[2 * (i + j)] = first[j];
                head[2 * (i + j) + 1] = second[j];
            }
        }
    }
}
