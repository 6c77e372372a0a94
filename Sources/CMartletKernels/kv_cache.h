/// Where keys and values lie in a paged cache, and how they are written, over the vectors included before.

CK_INLINE vec load_kv(const char *p, ck_kv_format format) {
    switch (format) {
    case CK_KV_BFLOAT16:
        return v_load_bf16(p);
    case CK_KV_FLOAT16:
        return v_load_f16(p);
    case CK_KV_INT8:
        return v_load_i8(p);
    default:
        return v_load(p);
    }
}

CK_INLINE vec load_kv_up_to(const char *p, ck_kv_format format, size_t n) {
    if (n >= 16) return load_kv(p, format);
    char padded[64] = {0};
    memcpy(padded, p, n * ck_kv_element_size(format));
    return load_kv(padded, format);
}

/// Tokens of a sequence that follow each other, with keys in one group of sixteen.
typedef struct {
    /// The group's keys `[headDimension][16]`.
    char *keys;
    /// The first token's value `[headDimension]`; the others' follow.
    char *values;
    /// The scales of the group's keys and of the values; only in a cache of int8.
    char *key_scales, *value_scales;
    /// The first token's place in its partition, and its lane in the group.
    size_t place, lane;
    size_t count;
} kv_run;

/// The run that begins at `position`, of at most `most` tokens.
CK_INLINE kv_run run_at(const ck_attention *args, ck_kv_format format, size_t position, size_t most) {
    size_t size = ck_kv_element_size(format), width = args->head_dimension, block_size = args->block_size;
    size_t in_block = position % block_size;
    size_t head = (size_t)args->block_table[position / block_size] * args->kv_heads + args->kv_head;
    kv_run run = {.place = position % CK_ATTENTION_PARTITION, .lane = in_block % 16, .count = 16 - in_block % 16};
    if (block_size - in_block < run.count) run.count = block_size - in_block;
    if (most < run.count) run.count = most;
    size_t groups = (block_size + 15) / 16;
    run.keys = (char *)args->keys + (head * groups + in_block / 16) * ck_key_group_size(format, width);
    run.key_scales = run.keys + 16 * width * size;
    char *values = (char *)args->values + head * ck_value_block_size(format, block_size, width);
    run.values = values + in_block * width * size;
    run.value_scales = values + block_size * width * size + in_block * sizeof(float);
    return run;
}

CK_INLINE void store_kv(char *p, vec v, ck_kv_format format) {
    switch (format) {
    case CK_KV_BFLOAT16:
        v_store_bf16(p, v);
        break;
    case CK_KV_FLOAT16:
        v_store_f16(p, v);
        break;
    case CK_KV_INT8:
        v_store_i8(p, v);
        break;
    default:
        v_store((float *)(void *)p, v);
        break;
    }
}

/// The scale of a head's elements in int8 and the factor that brings them to −127…127.
///
/// The scale is the greatest magnitude / 127; below 2^-100 all is zero, with an element that is not finite it is NaN.
CK_INLINE float int8_scale(const float *x, size_t width, float *factor) {
    vec greatest = v_zero(), poison = v_zero();
    for (size_t i = 0; i < width; i += 16) {
        vec v = load_up_to(x + i, width - i);
        greatest = v_max(v_max(v, v_sub(v_zero(), v)), greatest);
        poison = v_fma(v, v_zero(), poison);
    }
    float most = v_greatest(greatest);
    bool is_zero = most < 0x1p-100f;
    *factor = is_zero ? 0 : 127.0f / most;
    return (is_zero ? 0 : most / 127.0f) + v_sum(poison);
}

CK_INLINE void write_format(
    const ck_attention *shape, ck_kv_format format, const float *key, const float *value, size_t slot) {
    size_t width = shape->head_dimension, size = ck_kv_element_size(format);
    ck_attention block = *shape;
    int32_t number = (int32_t)(slot / shape->block_size);
    block.block_table = &number;
    kv_run to = run_at(&block, format, slot % shape->block_size, 1);
    vec key_factor = v_zero(), value_factor = v_zero(), least = v_set1(-127.0f);
    if (format == CK_KV_INT8) {
        float factors[2];
        float scales[2] = {int8_scale(key, width, &factors[0]), int8_scale(value, width, &factors[1])};
        memcpy(to.key_scales + to.lane * sizeof(float), &scales[0], sizeof(float));
        memcpy(to.value_scales, &scales[1], sizeof(float));
        key_factor = v_set1(factors[0]);
        value_factor = v_set1(factors[1]);
    }
    for (size_t i = 0; i < width; i += 16) {
        size_t n = width - i < 16 ? width - i : 16;
        vec a = load_up_to(key + i, n), b = load_up_to(value + i, n);
        if (format == CK_KV_INT8) {
            a = v_max(v_mul(a, key_factor), least);
            b = v_max(v_mul(b, value_factor), least);
        }
        char x[64], y[64];
        store_kv(x, a, format);
        store_kv(y, b, format);
        memcpy(to.values + i * size, y, n * size);
        for (size_t j = 0; j < n; j++) memcpy(to.keys + ((i + j) * 16 + to.lane) * size, x + j * size, size);
    }
}

CK_TARGET static void write_kv(const ck_attention *shape, const float *key, const float *value, size_t slot) {
    switch (shape->format) {
    case CK_KV_FLOAT32:
        write_format(shape, CK_KV_FLOAT32, key, value, slot);
        break;
    case CK_KV_BFLOAT16:
        write_format(shape, CK_KV_BFLOAT16, key, value, slot);
        break;
    case CK_KV_FLOAT16:
        write_format(shape, CK_KV_FLOAT16, key, value, slot);
        break;
    case CK_KV_INT8:
        write_format(shape, CK_KV_INT8, key, value, slot);
        break;
    }
}
