/// Attention over one partition of a paged cache, over the vectors of the instruction set included before.
///
/// A row's result depends on its own query, its position and the cached tokens it sees: rows share reads of keys and
/// values and nothing else.

#define SCORE_STRIDE (CK_ATTENTION_PARTITION + 16)

/// What a row sees of the partition that begins at position `start`: places `from..<to` of it.
typedef struct {
    size_t start, from, to;
} seen_range;

CK_TARGET static void write_kv(
    const ck_attention *shape, void *keys, void *values, const float *key, const float *value, size_t slot) {
    size_t block = slot / shape->block_size, place = slot % shape->block_size;
    size_t groups = (shape->block_size + 15) / 16, width = shape->head_dimension;
    size_t size = element_size(shape->format);
    for (size_t h = 0; h < shape->kv_heads; h++) {
        size_t head = block * shape->kv_heads + h;
        char *k = (char *)keys + ((head * groups + place / 16) * width * 16 + place % 16) * size;
        char *v = (char *)values + (head * shape->block_size + place) * width * size;
        for (size_t i = 0; i < width; i += 16) {
            size_t n = width - i < 16 ? width - i : 16;
            vec a = load_up_to(key + h * width + i, n), b = load_up_to(value + h * width + i, n);
            char x[64], y[64];
            if (shape->format == CK_BFLOAT16) {
                v_store_bf16(x, a);
                v_store_bf16(y, b);
            } else if (shape->format == CK_FLOAT16) {
                v_store_f16(x, a);
                v_store_f16(y, b);
            } else {
                v_store((float *)(void *)x, a);
                v_store((float *)(void *)y, b);
            }
            memcpy(v + i * size, y, n * size);
            for (size_t j = 0; j < n; j++) memcpy(k + (i + j) * 16 * size, x + j * size, size);
        }
    }
}

/// Sixteen tokens' keys side by side, and those that are wanted after them.
typedef struct {
    const char *keys, *next;
} key_group;

/// scores[r][0..<16] = scale · q[r] · k for sixteen tokens side by side. Fetches the next group meanwhile.
CK_INLINE void score_rows(
    float *scores, const float *q, key_group group, const ck_attention *args, ck_format format, int rows) {
    const char *k = group.keys;
    size_t width = args->head_dimension, step = 16 * element_size(format);
    vec even[8], odd[8];
    CK_UNROLL for (int r = 0; r < rows; r++) even[r] = odd[r] = v_zero();
    size_t i = 0;
    for (; i + 2 <= width; i += 2) {
        vec a = load_format(k + i * step, format), b = load_format(k + (i + 1) * step, format);
        v_prefetch(group.next + i * step);
        if (format == CK_FLOAT32) v_prefetch(group.next + (i + 1) * step);
        CK_UNROLL for (int r = 0; r < rows; r++) {
            even[r] = v_fma(v_set1(q[(size_t)r * width + i]), a, even[r]);
            odd[r] = v_fma(v_set1(q[(size_t)r * width + i + 1]), b, odd[r]);
        }
    }
    if (i < width) {
        vec a = load_format(k + i * step, format);
        CK_UNROLL for (int r = 0; r < rows; r++) even[r] = v_fma(v_set1(q[(size_t)r * width + i]), a, even[r]);
    }
    CK_UNROLL for (int r = 0; r < rows; r++)
        v_store(scores + r * SCORE_STRIDE, v_mul(v_add(even[r], odd[r]), v_set1(args->scale)));
}

CK_INLINE void score_group(
    float *scores, const float *q, key_group k, const ck_attention *args, ck_format format, size_t rows) {
    size_t width = args->head_dimension, r = 0;
    for (; r + CK_SCORE_ROWS <= rows; r += CK_SCORE_ROWS)
        score_rows(scores + r * SCORE_STRIDE, q + r * width, k, args, format, CK_SCORE_ROWS);
#if CK_SCORE_ROWS > 4
    for (; r + 4 <= rows; r += 4) score_rows(scores + r * SCORE_STRIDE, q + r * width, k, args, format, 4);
#endif
    for (; r + 2 <= rows; r += 2) score_rows(scores + r * SCORE_STRIDE, q + r * width, k, args, format, 2);
    for (; r < rows; r++) score_rows(scores + r * SCORE_STRIDE, q + r * width, k, args, format, 1);
}

/// The keys of the sixteen tokens among which a position is.
CK_INLINE const char *keys_at(const ck_attention *args, ck_format format, size_t position) {
    size_t block = (size_t)args->block_table[position / args->block_size], place = position % args->block_size;
    size_t head = block * args->kv_heads + args->kv_head, groups = (args->block_size + 15) / 16;
    return (const char *)args->keys + (head * groups + place / 16) * args->head_dimension * 16 * element_size(format);
}

/// Scores of the places of a partition that some row sees.
CK_INLINE void score_positions(
    float *scores, const float *q, const ck_attention *args, ck_format format, size_t rows, seen_range seen) {
    size_t start = seen.start;
    for (size_t place = seen.from; place < seen.to;) {
        size_t in_block = (start + place) % args->block_size, lane = in_block % 16, run = 16 - lane;
        if (args->block_size - in_block < run) run = args->block_size - in_block;
        if (seen.to - place < run) run = seen.to - place;
        key_group k = {keys_at(args, format, start + place), NULL};
        k.next = place + run < seen.to ? keys_at(args, format, start + place + run) : k.keys;
        if (lane == 0) {
            // lanes beyond the run land on places that are written later or never read
            score_group(scores + place, q, k, args, format, rows);
        } else {
            float some[CK_ATTENTION_ROWS * SCORE_STRIDE];
            score_group(some, q, k, args, format, rows);
            for (size_t r = 0; r < rows; r++)
                memcpy(scores + r * SCORE_STRIDE + place, some + r * SCORE_STRIDE + lane, run * sizeof(float));
        }
        place += run;
    }
}

/// Turns a row's scores of places `from..<to` into weights; the other places become 0.
CK_INLINE void softmax_row(float *scores, size_t from, size_t to, float *maximum_out, float *sum_out) {
    for (size_t i = 0; i < from; i++) scores[i] = -INFINITY;
    size_t end = (to + 15) / 16 * 16;
    for (size_t i = to; i < end; i++) scores[i] = -INFINITY;
    vec greatest = v_set1(-INFINITY);
    for (size_t i = 0; i < end; i += 16) greatest = v_max(v_load(scores + i), greatest);
    float m = v_greatest(greatest);
    vec sum = v_zero(), shift = v_set1(m);
    for (size_t i = 0; i < end; i += 16) {
        vec e = v_exp_or_zero(v_sub(v_load(scores + i), shift));
        sum = v_add(sum, e);
        v_store(scores + i, e);
    }
    *maximum_out = m;
    *sum_out = v_sum(sum);
}

/// Weights of rows (`SCORE_STRIDE` apart) and the values of the places `from..<to` to which they belong.
typedef struct {
    const float *weights;
    const char *const *values;
    size_t from, to;
    ck_format format;
} weighted_values;

/// The same for another row and other places.
CK_INLINE weighted_values narrowed(weighted_values source, int row, size_t from, size_t to) {
    source.weights += row * SCORE_STRIDE;
    source.from = from;
    source.to = to;
    return source;
}

/// Fetches `byte_count` bytes at `offset` of a value some places further on.
CK_INLINE void prefetch_value(const weighted_values *source, size_t t, size_t offset, size_t byte_count) {
    const char *p = source->values[t + 16 < source->to ? t + 16 : t] + offset;
    CK_UNROLL for (size_t i = 0; i < byte_count; i += 64) v_prefetch(p + i);
}

/// partial[r][0..<16·columns] += Σ weights[r][t] · v[t][offset...] in ascending t.
CK_INLINE void weigh_columns(
    float *partial, size_t width, const weighted_values *source, size_t offset, int rows, int columns) {
    vec sum[8];
    size_t size = element_size(source->format), column = 16 * size;
    CK_UNROLL for (int r = 0; r < rows; r++)
        CK_UNROLL for (int c = 0; c < columns; c++) sum[r * columns + c] = v_load(partial + (size_t)r * width + 16 * c);
    for (size_t t = source->from; t < source->to; t++) {
        const char *p = source->values[t] + offset * size;
        prefetch_value(source, t, offset * size, (size_t)columns * column);
        vec x[4];
        CK_UNROLL for (int c = 0; c < columns; c++) x[c] = load_format(p + (size_t)c * column, source->format);
        CK_UNROLL for (int r = 0; r < rows; r++) {
            vec w = v_set1(source->weights[r * SCORE_STRIDE + t]);
            CK_UNROLL for (int c = 0; c < columns; c++) sum[r * columns + c] = v_fma(w, x[c], sum[r * columns + c]);
        }
    }
    CK_UNROLL for (int r = 0; r < rows; r++)
        CK_UNROLL for (int c = 0; c < columns; c++) v_store(partial + (size_t)r * width + 16 * c, sum[r * columns + c]);
}

/// The last `n` columns of a head whose width is no multiple of sixteen.
CK_INLINE void weigh_rest(float *partial, const weighted_values *source, int row, size_t offset, size_t n) {
    vec sum = v_load_n(partial, n);
    const float *weights = source->weights + row * SCORE_STRIDE;
    for (size_t t = source->from; t < source->to; t++) {
        const char *p = source->values[t] + offset * element_size(source->format);
        sum = v_fma(v_set1(weights[t]), load_format_n(p, source->format, n), sum);
    }
    v_store_n(partial, sum, n);
}

CK_INLINE void weigh_rows(float *partial, size_t width, weighted_values source, int rows) {
    if (source.from >= source.to) return;
    size_t i = 0;
    for (; i + 16 * CK_VALUE_COLUMNS <= width; i += 16 * CK_VALUE_COLUMNS)
        weigh_columns(partial + i, width, &source, i, rows, CK_VALUE_COLUMNS);
    for (; i + 16 <= width; i += 16) weigh_columns(partial + i, width, &source, i, rows, 1);
    if (i == width) return;
    for (int r = 0; r < rows; r++) weigh_rest(partial + (size_t)r * width + i, &source, r, i, width - i);
}

CK_INLINE seen_range seen_by(const ck_attention *args, size_t position, size_t start) {
    size_t end = position + 1;
    size_t begin = args->window > 0 && end > args->window ? end - args->window : 0;
    if (begin < start) begin = start;
    if (end > start + CK_ATTENTION_PARTITION) end = start + CK_ATTENTION_PARTITION;
    return begin < end ? (seen_range){start, begin - start, end - start} : (seen_range){start, 0, 0};
}

/// Sums of two neighbouring rows: what both see together, the rest of each apart, in ascending order for each.
CK_INLINE void weigh_pair(float *partial, size_t width, weighted_values source, const seen_range *seen) {
    size_t from = seen[0].from > seen[1].from ? seen[0].from : seen[1].from;
    size_t to = seen[0].to < seen[1].to ? seen[0].to : seen[1].to;
    if (from >= to) from = to = seen[0].to < seen[1].to ? seen[1].to : seen[0].to;
    for (int r = 0; r < 2; r++) {
        size_t end = seen[r].to < from ? seen[r].to : from;
        weigh_rows(partial + (size_t)r * width, width, narrowed(source, r, seen[r].from, end), 1);
    }
    weigh_rows(partial, width, narrowed(source, 0, from, to), 2);
    for (int r = 0; r < 2; r++)
        weigh_rows(partial + (size_t)r * width, width, narrowed(source, r, to, seen[r].to), 1);
}

CK_INLINE void partition_format(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch, ck_format format) {
    size_t width = args->head_dimension;
    float *partial = result->partial, *maxima = result->maxima, *sums = result->sums;
    float *scores = scratch, *q = scratch + CK_ATTENTION_ROWS * SCORE_STRIDE;
    seen_range seen[CK_ATTENTION_ROWS], all = {start, CK_ATTENTION_PARTITION, 0};
    for (size_t r = 0; r < rows->rows; r++) {
        seen[r] = seen_by(args, rows->position + (rows->first + r) / rows->group, start);
        maxima[r] = -INFINITY;
        sums[r] = 0;
        if (seen[r].to == 0) continue;
        if (seen[r].from < all.from) all.from = seen[r].from;
        if (seen[r].to > all.to) all.to = seen[r].to;
    }
    if (all.from >= all.to) return;
    for (size_t r = 0; r < rows->rows; r++) {
        size_t token = (rows->first + r) / rows->group, head = (rows->first + r) % rows->group;
        memcpy(q + r * width, rows->queries + token * rows->stride + head * width, width * sizeof(float));
    }
    score_positions(scores, q, args, format, rows->rows, all);

    for (size_t r = 0; r < rows->rows; r++)
        if (seen[r].to > 0) softmax_row(scores + r * SCORE_STRIDE, seen[r].from, seen[r].to, &maxima[r], &sums[r]);

    // addresses of the values, so that the sums below run over tokens without looking up blocks
    const char *v[CK_ATTENTION_PARTITION];
    for (size_t t = all.from; t < all.to; t++) {
        size_t block = (size_t)args->block_table[(start + t) / args->block_size];
        size_t token = (block * args->kv_heads + args->kv_head) * args->block_size + (start + t) % args->block_size;
        v[t] = (const char *)args->values + token * width * element_size(format);
    }
    memset(partial, 0, rows->rows * width * sizeof(float));
    weighted_values source = {scores, v, 0, 0, format};
    size_t r = 0;
    for (; r + 2 <= rows->rows; r += 2)
        weigh_pair(partial + r * width, width, narrowed(source, (int)r, 0, 0), seen + r);
    if (r < rows->rows) weigh_rows(partial + r * width, width, narrowed(source, (int)r, seen[r].from, seen[r].to), 1);
}

CK_TARGET static void partition_float32(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch) {
    partition_format(args, rows, start, result, scratch, CK_FLOAT32);
}

CK_TARGET static void partition_bfloat16(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch) {
    partition_format(args, rows, start, result, scratch, CK_BFLOAT16);
}

CK_TARGET static void partition_float16(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch) {
    partition_format(args, rows, start, result, scratch, CK_FLOAT16);
}

static void attention_partition(
    const ck_attention *args, const ck_attention_rows *rows, size_t partition, const ck_attention_result *result,
    float *scratch) {
    size_t start = partition * CK_ATTENTION_PARTITION;
    switch (args->format) {
    case CK_FLOAT32:
        partition_float32(args, rows, start, result, scratch);
        break;
    case CK_BFLOAT16:
        partition_bfloat16(args, rows, start, result, scratch);
        break;
    case CK_FLOAT16:
        partition_float16(args, rows, start, result, scratch);
        break;
    }
}

CK_TARGET static void attention_combine(
    float *output, float *maximum, float *sum, const ck_attention_result *result, size_t row, size_t count) {
    const float *partial = result->partial + row * count;
    float partial_maximum = result->maxima[row];
    if (partial_maximum == -INFINITY) return;
    float m = *maximum > partial_maximum ? *maximum : partial_maximum;
    float shifts[16] = {*maximum - m, partial_maximum - m}, factors[16];
    v_store(factors, v_exp_or_zero(v_load(shifts)));
    vec a = v_set1(factors[0]), b = v_set1(factors[1]);
    for (size_t i = 0; i < count; i += 16) {
        size_t n = count - i;
        vec scaled = v_mul(load_up_to(output + i, n), a);
        store_up_to(output + i, v_fma(load_up_to(partial + i, n), b, scaled), n);
    }
    *sum = *sum * factors[0] + result->sums[row] * factors[1];
    *maximum = m;
}
