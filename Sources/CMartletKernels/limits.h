/// What the machine can do at most: reading memory, multiplying and adding; over the vectors included before.

CK_TARGET static float read_stream(const void *memory, size_t byte_count) {
    const char *p = memory;
    vec a = v_zero(), b = a, c = a, d = a;
    for (size_t i = 0; i + 256 <= byte_count; i += 256) {
        a = v_max(v_load(p + i), a);
        b = v_max(v_load(p + i + 64), b);
        c = v_max(v_load(p + i + 128), c);
        d = v_max(v_load(p + i + 192), d);
    }
    return v_greatest(v_max(v_max(a, b), v_max(c, d)));
}

CK_TARGET static float multiply_add(size_t count) {
    enum { chains = CK_PASSES == 1 ? 12 : 6 };
    vec sum[chains], a = v_set1(0.999f), b = v_set1(1e-7f);
    CK_UNROLL for (int j = 0; j < chains; j++) sum[j] = v_set1((float)j);
    for (size_t i = 0; i < count; i += 16 * chains) {
        CK_UNROLL for (int j = 0; j < chains; j++) sum[j] = v_fma(sum[j], a, b);
    }
    CK_UNROLL for (int j = 1; j < chains; j++) sum[0] = v_add(sum[0], sum[j]);
    return v_sum(sum[0]);
}
