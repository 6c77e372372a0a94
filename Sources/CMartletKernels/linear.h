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
    case CK_BFLOAT16_DOT:
        v_load_bf16_pair(p, b, a);
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

#include CK_PASSES_HEADER

/// The floats of a block of packed inputs.
CK_INLINE size_t packed_width(ck_format format) {
#ifdef CK_DOT_BF16
    if (format == CK_BFLOAT16_DOT) return CK_LINEAR_BLOCK / 2;
#endif
    (void)format;
    return CK_LINEAR_BLOCK;
}

/// Arranges a block's inputs as the format's products take them.
CK_INLINE void pack_block(float *to, const float *x, ck_format format) {
    vec a = v_load(x), b = v_load(x + 16);
    uint16_t rounded[CK_LINEAR_BLOCK];
    switch (format) {
    case CK_BFLOAT16:
        v_load_pairs(x, &a, &b);
        break;
    case CK_BFLOAT16_DOT:
        v_store_bf16(rounded, a);
        v_store_bf16(rounded + 16, b);
#ifdef CK_DOT_BF16
        memcpy(to, rounded, sizeof rounded);
        return;
#else
        v_load_bf16_pair(rounded, &b, &a);
        break;
#endif
    case CK_FLOAT16:
    case CK_FLOAT32:
        break;
    }
    v_store(to, a);
    v_store(to + 16, b);
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
    return format == CK_FLOAT16 ? ck_f16_to_float(half) : ck_bf16_to_float(half);
}

CK_TARGET static void linear_pack(
    const ck_linear *shape, float *packed, const float *x, size_t stride, size_t first, size_t last) {
    size_t blocks = (shape->inputs + CK_LINEAR_BLOCK - 1) / CK_LINEAR_BLOCK;
    size_t block = packed_width(shape->format);
    for (size_t t = first; t < last; t++) {
        size_t tile = t / CK_LINEAR_TOKENS * CK_LINEAR_TOKENS;
        size_t width = shape->tokens - tile < CK_LINEAR_TOKENS ? shape->tokens - tile : CK_LINEAR_TOKENS;
        float *to = packed + tile * blocks * block + (t - tile) * block;
        const float *from = x + t * stride;
        for (size_t b = 0; b < blocks; b++, to += width * block) {
            float padded[CK_LINEAR_BLOCK];
            const float *source = from + b * CK_LINEAR_BLOCK;
            size_t left = shape->inputs - b * CK_LINEAR_BLOCK;
            if (left < CK_LINEAR_BLOCK) {
                memset(padded, 0, sizeof padded);
                memcpy(padded, source, left * sizeof(float));
                source = padded;
            }
            pack_block(to, source, shape->format);
        }
    }
}

/// What a tile is made of; known when the kernel is compiled.
typedef struct {
    ck_format format;
    int rows, tokens;
} tile_kind;

/// Where a tile is: its first weight row and its first token.
typedef struct {
    size_t row, token;
} tile_place;

/// The sums of a tile: rows × tokens, and the registers of each.
typedef struct {
    part lanes[CK_PASSES][CK_LINEAR_ROWS * CK_LINEAR_TOKENS];
} tile_sums;

/// The inputs of a tile: where they begin, and the distances of its tokens and of their blocks.
typedef struct {
    const float *x;
    size_t token, block;
} tile_inputs;

CK_INLINE tile_inputs inputs_of(const ck_linear *args, size_t token, tile_kind kind) {
    if (args->input_stride > 0)
        return (tile_inputs){args->packed + token * args->input_stride, args->input_stride, CK_LINEAR_BLOCK};
    size_t blocks = (args->inputs + CK_LINEAR_BLOCK - 1) / CK_LINEAR_BLOCK, width = packed_width(kind.format);
    return (tile_inputs){args->packed + token * blocks * width, width, (size_t)kind.tokens * width};
}

/// One block of thirty-two inputs of a tile, in one pass's share of the lanes.
///
/// All sums get their first product before any gets its second, which waits for the first.
CK_INLINE void tile_step(
    part *sum, const char *const *row, size_t offset, tile_inputs inputs, int pass, tile_kind kind) {
    int rows = kind.rows, tokens = kind.tokens;
#ifdef CK_DOT_BF16
    if (kind.format == CK_BFLOAT16_DOT) {
        CK_UNROLL for (int t = 0; t < tokens; t++) {
            const float *x = inputs.x + (size_t)t * inputs.token;
            CK_UNROLL for (int r = 0; r < rows; r++)
                sum[r * tokens + t] = v_dot_bf16(sum[r * tokens + t], row[r] + offset, x);
        }
        return;
    }
#endif
    part a[CK_LINEAR_ROWS], b[CK_LINEAR_ROWS];
    CK_UNROLL for (int r = 0; r < rows; r++) p_load_weights(row[r] + offset, kind.format, pass, &a[r], &b[r]);
    CK_UNROLL for (int t = 0; t < tokens; t++) {
        part u = p_load(inputs.x + (size_t)t * inputs.token, pass);
        CK_UNROLL for (int r = 0; r < rows; r++) sum[r * tokens + t] = p_fma(a[r], u, sum[r * tokens + t]);
    }
    CK_UNROLL for (int t = 0; t < tokens; t++) {
        part v = p_load(inputs.x + (size_t)t * inputs.token + 16, pass);
        CK_UNROLL for (int r = 0; r < rows; r++) sum[r * tokens + t] = p_fma(b[r], v, sum[r * tokens + t]);
    }
}

/// Copies the weights of a last block that is not full and puts zeros behind them.
CK_INLINE void pad_rows(
    char padded[][CK_LINEAR_BLOCK * 4], const char *const *row, size_t offset, size_t byte_count, int rows) {
    for (int r = 0; r < rows; r++) {
        memset(padded[r], 0, CK_LINEAR_BLOCK * 4);
        memcpy(padded[r], row[r] + offset, byte_count);
    }
}

/// Writes the sums of a tile's lanes and biases.
CK_INLINE void store_tile(const ck_linear *args, const vec *sum, tile_place place, tile_kind kind) {
    int rows = kind.rows, tokens = kind.tokens;
    float sums[CK_LINEAR_ROWS * CK_LINEAR_TOKENS];
    if (rows == CK_LINEAR_ROWS && tokens == CK_LINEAR_TOKENS) {
        CK_SUM_TILE(sum, sums);
    } else {
        CK_UNROLL for (int r = 0; r < rows; r++)
            CK_UNROLL for (int i = 0; i < tokens; i++) sums[i * rows + r] = v_sum(sum[r * tokens + i]);
    }
    if (args->bias) {
        for (int r = 0; r < rows; r++) {
            float bias = element_at(args->bias, args->bias_format, place.row + (size_t)r);
            for (int i = 0; i < tokens; i++) sums[i * rows + r] += bias;
        }
    }
    float *output = args->output + place.token * args->output_stride + place.row;
    for (int i = 0; i < tokens; i++)
        memcpy(output + (size_t)i * args->output_stride, sums + i * rows, (size_t)rows * sizeof(float));
}

/// What to fetch while a tile is computed: in every step `lines` cache lines (twice as many for float32).
typedef struct {
    const char *ahead;
    int lines;
} tile_prefetch;

/// Some blocks of inputs.
typedef struct {
    size_t from, to;
} block_range;

/// Adds some blocks of inputs to the sums of a tile, the last block of all where it is incomplete too.
CK_INLINE void tile_segment(
    const ck_linear *args, tile_sums *sums, tile_place place, block_range range, tile_kind kind,
    tile_prefetch prefetch) {
    ck_format format = kind.format;
    int rows = kind.rows, tokens = kind.tokens;
    size_t full = args->inputs / CK_LINEAR_BLOCK, tail = range.to > full ? args->inputs % CK_LINEAR_BLOCK : 0;
    size_t step = CK_LINEAR_BLOCK * element_size(format), end = range.to > full ? full : range.to;
    tile_inputs first = inputs_of(args, place.token, kind);
    first.x += range.from * first.block;
    int lines = prefetch.lines * (int)element_size(format) / 2;
    const char *row[CK_LINEAR_ROWS], *last[CK_LINEAR_ROWS];
    char padded[CK_LINEAR_ROWS][CK_LINEAR_BLOCK * 4];
    CK_UNROLL for (int r = 0; r < rows; r++) {
        row[r] = (const char *)args->weight + (place.row + (size_t)r) * args->weight_stride;
        last[r] = padded[r];
    }
    if (tail > 0) pad_rows(padded, row, full * step, tail * element_size(format), rows);

    CK_UNROLL for (int pass = 0; pass < CK_PASSES; pass++) {
        part sum[CK_LINEAR_ROWS * CK_LINEAR_TOKENS];
        CK_UNROLL for (int i = 0; i < rows * tokens; i++) sum[i] = sums->lanes[pass][i];
        tile_inputs inputs = first;
        const char *ahead = prefetch.ahead;
#pragma clang loop unroll(disable)
        for (size_t b = range.from; b < end; b++, inputs.x += inputs.block) {
            if (pass == 0) {
                CK_UNROLL for (int i = 0; i < lines; i++, ahead += 64) v_prefetch(ahead);
            }
            tile_step(sum, row, b * step, inputs, pass, kind);
        }
        if (tail > 0) tile_step(sum, last, 0, inputs, pass, kind);
        CK_UNROLL for (int i = 0; i < rows * tokens; i++) sums->lanes[pass][i] = sum[i];
    }
}

CK_INLINE void clear_sums(tile_sums *sums, int count) {
    CK_UNROLL for (int pass = 0; pass < CK_PASSES; pass++)
        CK_UNROLL for (int i = 0; i < count; i++) sums->lanes[pass][i] = p_zero();
}

CK_INLINE void store_sums(const ck_linear *args, const tile_sums *sums, tile_place place, tile_kind kind) {
    vec joined[CK_LINEAR_ROWS * CK_LINEAR_TOKENS];
    CK_UNROLL for (int i = 0; i < kind.rows * kind.tokens; i++)
        joined[i] = v_join(sums->lanes[0][i], sums->lanes[CK_PASSES - 1][i]);
    store_tile(args, joined, place, kind);
}

/// The products of `groups` × `kind.rows` weight rows with one tile of tokens.
///
/// Where the tokens' inputs exceed the first-level cache, the rows pass over a segment of them at a time.
CK_INLINE void linear_column(
    const ck_linear *args, tile_place place, size_t groups, tile_kind kind, tile_prefetch prefetch) {
    size_t blocks = (args->inputs + CK_LINEAR_BLOCK - 1) / CK_LINEAR_BLOCK, rows = (size_t)kind.rows;
    size_t line = 32 * element_size(kind.format) * (size_t)prefetch.lines;
    if (CK_SEGMENT_BLOCKS == 0 || blocks <= CK_SEGMENT_BLOCKS) {
        for (size_t g = 0; g < groups; g++, place.row += rows, prefetch.ahead += line * blocks) {
            tile_sums sums;
            clear_sums(&sums, kind.rows * kind.tokens);
            tile_segment(args, &sums, place, (block_range){0, blocks}, kind, prefetch);
            store_sums(args, &sums, place, kind);
        }
        return;
    }
    tile_sums sums[CK_BLOCK_GROUPS];
    for (size_t g = 0; g < groups; g++) clear_sums(&sums[g], kind.rows * kind.tokens);
    for (size_t from = 0; from < blocks; from += CK_SEGMENT_BLOCKS) {
        block_range range = {from, blocks - from < CK_SEGMENT_BLOCKS ? blocks : from + CK_SEGMENT_BLOCKS};
        for (size_t g = 0; g < groups; g++, prefetch.ahead += line * (range.to - from)) {
            tile_place group = {place.row + g * rows, place.token};
            tile_segment(args, &sums[g], group, range, kind, prefetch);
        }
    }
    for (size_t g = 0; g < groups; g++, place.row += rows) store_sums(args, &sums[g], place, kind);
}

/// Adds a block's products of one token to a row's lanes.
CK_INLINE vec add_block_products(vec sum, const char *weights, const float *x, ck_format format) {
#ifdef CK_DOT_BF16
    if (format == CK_BFLOAT16_DOT) return v_dot_bf16(sum, weights, x);
#endif
    vec u, v;
    load_weights(weights, format, &u, &v);
    return v_fma(v, v_load(x + 16), v_fma(u, v_load(x), sum));
}

/// The products of one token with `count` weight rows that lie `distance` rows apart.
///
/// Memory gives more to a few ascending streams in pages of their own than to a single one.
CK_INLINE void linear_rows(const ck_linear *args, size_t first, size_t distance, int count, ck_format format) {
    size_t blocks = args->inputs / CK_LINEAR_BLOCK, tail = args->inputs % CK_LINEAR_BLOCK;
    size_t step = CK_LINEAR_BLOCK * element_size(format);
    const char *row[CK_STREAMS];
    const float *x = args->packed;
    vec sums[CK_STREAMS];
    CK_UNROLL for (int r = 0; r < count; r++) {
        row[r] = (const char *)args->weight + (first + (size_t)r * distance) * args->weight_stride;
        sums[r] = v_zero();
    }
#pragma clang loop unroll(disable)
    for (size_t b = 0; b < blocks; b++, x += packed_width(format)) {
        CK_UNROLL for (int r = 0; r < count; r++)
            sums[r] = add_block_products(sums[r], row[r] + b * step, x, format);
    }
    for (int r = 0; r < count && tail > 0; r++) {
        char padded[1][CK_LINEAR_BLOCK * 4];
        pad_rows(padded, &row[r], blocks * step, tail * element_size(format), 1);
        sums[r] = add_block_products(sums[r], padded[0], x, format);
    }
    CK_UNROLL for (int r = 0; r < count; r++)
        store_tile(args, &sums[r], (tile_place){first + (size_t)r * distance, 0}, (tile_kind){format, 1, 1});
}

/// The products of one token: each stream reads its quarter of the rows from end to end.
CK_INLINE void linear_stream(const ck_linear *args, size_t begin, size_t end, ck_format format) {
    size_t distance = (end - begin) / CK_STREAMS;
    for (size_t i = 0; i < distance; i++) linear_rows(args, begin + i, distance, CK_STREAMS, format);
    for (size_t n = begin + CK_STREAMS * distance; n < end; n++) linear_rows(args, n, 0, 1, format);
}

/// Some groups of `rows` weight rows with the tile of tokens at `place`, which may be the last and not full.
CK_INLINE void linear_tile(
    const ck_linear *args, tile_place place, size_t groups, ck_format format, int rows, tile_prefetch prefetch) {
    size_t left = args->tokens - place.token;
    if (left >= 4) {
        linear_column(args, place, groups, (tile_kind){format, rows, 4}, prefetch);
    } else if (left == 3) {
        linear_column(args, place, groups, (tile_kind){format, rows, 3}, prefetch);
    } else if (left == 2) {
        linear_column(args, place, groups, (tile_kind){format, rows, 2}, prefetch);
    } else {
        linear_column(args, place, groups, (tile_kind){format, rows, 1}, prefetch);
    }
}

/// The products of a block of weight rows with all tokens.
///
/// The block's rows stay in the second-level cache while the tiles of tokens pass; the next block is fetched meanwhile,
/// once: by one tile all of it, by two a half each, by more a row of each group.
CK_INLINE void linear_block(const ck_linear *args, size_t n, size_t groups, ck_format format) {
    const char *ahead = (const char *)args->weight + (n + groups * CK_LINEAR_ROWS) * args->weight_stride;
    size_t tiles = (args->tokens + CK_LINEAR_TOKENS - 1) / CK_LINEAR_TOKENS;
    size_t row = 32 * element_size(format) * (args->inputs / CK_LINEAR_BLOCK) * groups;
    for (size_t i = 0; i < tiles; i++) {
        tile_place place = {n, i * CK_LINEAR_TOKENS};
        if (tiles == 1) {
            linear_tile(args, place, groups, format, CK_LINEAR_ROWS, (tile_prefetch){ahead, CK_LINEAR_ROWS});
        } else if (tiles < CK_LINEAR_ROWS && i < 2) {
            tile_prefetch half = {ahead + i * row * CK_LINEAR_ROWS / 2, CK_LINEAR_ROWS / 2};
            linear_tile(args, place, groups, format, CK_LINEAR_ROWS, half);
        } else if (tiles >= CK_LINEAR_ROWS && i < CK_LINEAR_ROWS) {
            linear_tile(args, place, groups, format, CK_LINEAR_ROWS, (tile_prefetch){ahead + i * row, 1});
        } else {
            linear_tile(args, place, groups, format, CK_LINEAR_ROWS, (tile_prefetch){ahead, 0});
        }
    }
}

CK_INLINE void linear_format(const ck_linear *args, size_t begin, size_t end, ck_format format) {
    if (args->tokens == 1) {
        linear_stream(args, begin, end, format);
        return;
    }
    size_t n = begin;
    while (n + CK_LINEAR_ROWS <= end) {
        size_t groups = (end - n) / CK_LINEAR_ROWS;
        if (groups > CK_BLOCK_GROUPS) groups = CK_BLOCK_GROUPS;
        linear_block(args, n, groups, format);
        n += groups * CK_LINEAR_ROWS;
    }
    for (; n < end; n++)
        for (size_t t = 0; t < args->tokens; t += CK_LINEAR_TOKENS)
            linear_tile(args, (tile_place){n, t}, 1, format, 1, (tile_prefetch){NULL, 0});
}

CK_TARGET static void linear_float32(const ck_linear *args, size_t begin, size_t end) {
    linear_format(args, begin, end, CK_FLOAT32);
}

CK_TARGET static void linear_bfloat16(const ck_linear *args, size_t begin, size_t end) {
    linear_format(args, begin, end, CK_BFLOAT16);
}

CK_TARGET static void linear_bfloat16_dot(const ck_linear *args, size_t begin, size_t end) {
    linear_format(args, begin, end, CK_BFLOAT16_DOT);
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
    case CK_BFLOAT16_DOT:
        linear_bfloat16_dot(args, begin, end);
        break;
    case CK_FLOAT16:
        linear_float16(args, begin, end);
        break;
    }
}
