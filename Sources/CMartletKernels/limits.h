/// What the machine can do at most in registers, over the vectors included before.

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
