/// The matrix product, over the vectors of the instruction set included before.
///
/// A tile is some weight rows × some tokens, each with one accumulator of sixteen lanes; a weight is read and widened
/// once per tile of tokens. How tiles are cut changes no sum.

/// Thirty-two weights as two vectors, in the order in which activations are packed.
CK_INLINE void load_weights(const char *p, ck_format format, vec *a, vec *b) {
    switch (format) {
    case CK_BFLOAT16:
        v_load_bf16_pair(p, a, b);
        break;
    case CK_FLOAT16:
        *a = v_load_f16(p);
        *b = v_load_f16(p + 32);
        break;
    case CK_FLOAT32:
        *a = v_load(p);
        *b = v_load(p + 64);
        break;
    }
}

CK_INLINE size_t element_size(ck_format format) { return format == CK_FLOAT32 ? 4 : 2; }

CK_INLINE float element_at(const void *p, ck_format format, size_t index) {
    const char *address = (const char *)p + index * element_size(format);
    uint16_t half;
    float value;
    if (format == CK_FLOAT32) {
        memcpy(&value, address, sizeof value);
        return value;
    }
    memcpy(&half, address, sizeof half);
    return format == CK_BFLOAT16 ? ck_bf16_to_float(half) : ck_f16_to_float(half);
}

CK_TARGET static void linear_pack(
    const ck_linear *shape, float *packed, const float *x, size_t stride, size_t first, size_t last) {
    size_t blocks = (shape->inputs + CK_LINEAR_BLOCK - 1) / CK_LINEAR_BLOCK;
    bool paired = shape->format == CK_BFLOAT16;
    for (size_t t = first; t < last; t++) {
        size_t tile = t / CK_LINEAR_TOKENS * CK_LINEAR_TOKENS;
        size_t width = shape->tokens - tile < CK_LINEAR_TOKENS ? shape->tokens - tile : CK_LINEAR_TOKENS;
        float *to = packed + tile * blocks * CK_LINEAR_BLOCK + (t - tile) * CK_LINEAR_BLOCK;
        const float *from = x + t * stride;
        for (size_t b = 0; b < blocks; b++, to += width * CK_LINEAR_BLOCK) {
            float padded[CK_LINEAR_BLOCK];
            const float *source = from + b * CK_LINEAR_BLOCK;
            size_t left = shape->inputs - b * CK_LINEAR_BLOCK;
            if (left < CK_LINEAR_BLOCK) {
                memset(padded, 0, sizeof padded);
                memcpy(padded, source, left * sizeof(float));
                source = padded;
            }
            if (!paired) {
                v_store(to, v_load(source));
                v_store(to + 16, v_load(source + 16));
                continue;
            }
            for (int i = 0; i < 16; i++) {
                to[i] = source[2 * i];
                to[16 + i] = source[2 * i + 1];
            }
        }
    }
}

/// One block of thirty-two inputs of a tile.
CK_INLINE void tile_step(
    vec *sum, const char *const *row, size_t offset, const float *x, ck_format format, int rows, int tokens) {
    vec a[CK_LINEAR_ROWS], b[CK_LINEAR_ROWS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) load_weights(row[r] + offset, format, &a[r], &b[r]);
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        vec u = v_load(x + t * CK_LINEAR_BLOCK);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) sum[r * tokens + t] = v_fma(a[r], u, sum[r * tokens + t]);
        vec v = v_load(x + t * CK_LINEAR_BLOCK + 16);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) sum[r * tokens + t] = v_fma(b[r], v, sum[r * tokens + t]);
    }
}

/// The products of `rows` weight rows from `n` with `tokens` tokens from `t`.
CK_INLINE void linear_tile(const ck_linear *args, size_t n, size_t t, ck_format format, int rows, int tokens) {
    size_t blocks = args->inputs / CK_LINEAR_BLOCK, tail = args->inputs % CK_LINEAR_BLOCK;
    size_t step = CK_LINEAR_BLOCK * element_size(format);
    const float *x = args->packed + t * ((blocks + (tail > 0)) * CK_LINEAR_BLOCK);
    const char *row[CK_LINEAR_ROWS];
    vec sum[CK_LINEAR_ROWS * CK_LINEAR_TOKENS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) row[r] = (const char *)args->weight + (n + (size_t)r) * args->weight_stride;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows * tokens; i++) sum[i] = v_zero();

    for (size_t b = 0; b < blocks; b++, x += tokens * CK_LINEAR_BLOCK)
        tile_step(sum, row, b * step, x, format, rows, tokens);
    if (tail > 0) {
        char padded[CK_LINEAR_ROWS][CK_LINEAR_BLOCK * 4];
        const char *last[CK_LINEAR_ROWS];
        memset(padded, 0, sizeof padded);
        for (int r = 0; r < rows; r++) {
            memcpy(padded[r], row[r] + blocks * step, tail * element_size(format));
            last[r] = padded[r];
        }
        tile_step(sum, last, 0, x, format, rows, tokens);
    }

    for (int i = 0; i < tokens; i++) {
        float *out = args->output + (t + (size_t)i) * args->output_stride + n;
        for (int r = 0; r < rows; r++) {
            float value = v_sum(sum[r * tokens + i]);
            if (args->bias) value += element_at(args->bias, args->bias_format, n + (size_t)r);
            out[r] = value;
        }
    }
}

CK_INLINE void linear_rows(const ck_linear *args, size_t n, size_t t, ck_format format, int rows) {
    switch (args->tokens - t) {
    case 1:
        linear_tile(args, n, t, format, rows, 1);
        break;
    case 2:
        linear_tile(args, n, t, format, rows, 2);
        break;
#if CK_LINEAR_TOKENS > 3
    case 3:
        linear_tile(args, n, t, format, rows, 3);
        break;
#endif
    default:
        linear_tile(args, n, t, format, rows, CK_LINEAR_TOKENS);
        break;
    }
}

CK_INLINE void linear_format(const ck_linear *args, size_t begin, size_t end, ck_format format) {
    for (size_t t = 0; t < args->tokens; t += CK_LINEAR_TOKENS) {
        size_t n = begin;
        for (; n + CK_LINEAR_ROWS <= end; n += CK_LINEAR_ROWS) linear_rows(args, n, t, format, CK_LINEAR_ROWS);
        for (; n < end; n++) linear_rows(args, n, t, format, 1);
    }
}

CK_TARGET static void linear_float32(const ck_linear *args, size_t begin, size_t end) {
    linear_format(args, begin, end, CK_FLOAT32);
}

CK_TARGET static void linear_bfloat16(const ck_linear *args, size_t begin, size_t end) {
    linear_format(args, begin, end, CK_BFLOAT16);
}

CK_TARGET static void linear_float16(const ck_linear *args, size_t begin, size_t end) {
    linear_format(args, begin, end, CK_FLOAT16);
}

static void linear(const ck_linear *args, size_t begin, size_t end) {
    switch (args->format) {
    case CK_FLOAT32:
        linear_float32(args, begin, end);
        break;
    case CK_BFLOAT16:
        linear_bfloat16(args, begin, end);
        break;
    case CK_FLOAT16:
        linear_float16(args, begin, end);
        break;
    }
}
