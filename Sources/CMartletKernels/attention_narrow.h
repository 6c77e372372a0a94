/// Attention of few rows that see the same tokens (a token's heads of one group): keys and values are widened as they
/// are read, and what is read next is fetched meanwhile. Memory is the limit here.

/// How far ahead of the reading memory is fetched, in runs.
#define CK_RUNS_AHEAD 2
/// The greatest number of rows for which keys and values are not widened first.
#define CK_NARROW_ROWS 8

/// What is read after the keys or values of a run: `CK_RUNS_AHEAD` further on in the list's keys, then values, then in
/// the next partition's keys.
CK_INLINE const char *after_keys(const run_list *list, size_t index) {
    size_t next = index + CK_RUNS_AHEAD;
    if (next < list->count) return list->runs[next].keys;
    next -= list->count;
    return list->runs[next < list->count ? next : index].values;
}

CK_INLINE const char *after_values(const run_list *list, size_t index) {
    size_t next = index + CK_RUNS_AHEAD;
    return next < list->count ? list->runs[next].values : list->next_keys[next - list->count];
}

/// Scores of some rows for some runs, both at most four and so their product.
CK_INLINE void score_runs(
    float *scores, const float *q, const ck_attention *args, const run_list *list, size_t first, ck_kv_format format,
    int rows, int runs) {
    size_t width = args->head_dimension, step = 16 * ck_kv_element_size(format), per_line = 64 / step, i = 0;
    const kv_run *run = list->runs + first;
    const char *next[4];
    vec sum[4], k[4];
    CK_UNROLL for (int g = 0; g < runs; g++) next[g] = after_keys(list, first + (size_t)g);
    CK_UNROLL for (int j = 0; j < rows * runs; j++) sum[j] = v_zero();
    for (; i + per_line <= width; i += per_line) {
        CK_UNROLL for (int g = 0; g < runs; g++) v_prefetch(next[g] + i * step);
        CK_UNROLL for (size_t u = i; u < i + per_line; u++) {
            CK_UNROLL for (int g = 0; g < runs; g++) k[g] = load_kv(run[g].keys + u * step, format);
            CK_UNROLL for (int r = 0; r < rows; r++) {
                vec x = v_set1(q[(size_t)r * width + u]);
                CK_UNROLL for (int g = 0; g < runs; g++) sum[r * runs + g] = v_fma(x, k[g], sum[r * runs + g]);
            }
        }
    }
    for (; i < width; i++) {
        CK_UNROLL for (int g = 0; g < runs; g++) k[g] = load_kv(run[g].keys + i * step, format);
        CK_UNROLL for (int r = 0; r < rows; r++) {
            vec x = v_set1(q[(size_t)r * width + i]);
            CK_UNROLL for (int g = 0; g < runs; g++) sum[r * runs + g] = v_fma(x, k[g], sum[r * runs + g]);
        }
    }
    CK_UNROLL for (int r = 0; r < rows; r++)
        CK_UNROLL for (int g = 0; g < runs; g++)
            store_scores(scores + r * SCORE_STRIDE, sum[r * runs + g], args, run + g, format);
}

/// Scores of few rows for every run.
CK_INLINE void score_narrow(
    float *scores, const float *q, const ck_attention *args, const run_list *list, ck_kv_format format, size_t rows) {
    size_t width = args->head_dimension, i = 0;
    if (rows == 1)
        for (; i + 4 <= list->count; i += 4) score_runs(scores, q, args, list, i, format, 1, 4);
    if (rows == 2)
        for (; i + 2 <= list->count; i += 2) score_runs(scores, q, args, list, i, format, 2, 2);
    for (; i < list->count; i++) {
        size_t r = 0;
        for (; r + 4 <= rows; r += 4)
            score_runs(scores + r * SCORE_STRIDE, q + r * width, args, list, i, format, 4, 1);
        for (; r + 2 <= rows; r += 2)
            score_runs(scores + r * SCORE_STRIDE, q + r * width, args, list, i, format, 2, 1);
        if (r < rows) score_runs(scores + r * SCORE_STRIDE, q + r * width, args, list, i, format, 1, 1);
    }
}

/// Some columns of the values of a run and what is read after them.
typedef struct {
    const char *values, *next;
    /// The distance of the tokens' values in bytes.
    size_t step;
    size_t count;
} value_columns;

/// partial[r][0..<16·columns] += Σ weights[r][t] · v[t] in ascending t.
CK_INLINE void weigh_columns(
    float *partial, size_t stride, const float *weights, value_columns source, ck_kv_format format, int rows,
    int columns) {
    vec sum[4];
    size_t column = 16 * ck_kv_element_size(format);
    CK_UNROLL for (int r = 0; r < rows; r++)
        CK_UNROLL for (int c = 0; c < columns; c++) sum[r * columns + c] = v_load(partial + (size_t)r * stride + 16 * c);
    for (size_t t = 0; t < source.count; t++) {
        const char *p = source.values + t * source.step;
        vec x[4];
        CK_UNROLL for (size_t i = 0; i < (size_t)columns * column; i += 64) v_prefetch(source.next + t * source.step + i);
        CK_UNROLL for (int c = 0; c < columns; c++) x[c] = load_kv(p + (size_t)c * column, format);
        CK_UNROLL for (size_t r = 0; r < (size_t)rows; r++) {
            vec w = v_set1(weights[r * SCORE_STRIDE + t]);
            CK_UNROLL for (int c = 0; c < columns; c++) sum[(int)r * columns + c] = v_fma(w, x[c], sum[(int)r * columns + c]);
        }
    }
    CK_UNROLL for (int r = 0; r < rows; r++)
        CK_UNROLL for (int c = 0; c < columns; c++) v_store(partial + (size_t)r * stride + 16 * c, sum[r * columns + c]);
}

/// The last `n` columns of a head whose width is no multiple of sixteen.
CK_INLINE void weigh_rest(
    float *partial, const float *weights, value_columns source, ck_kv_format format, size_t n) {
    vec sum = v_load(partial);
    for (size_t t = 0; t < source.count; t++)
        sum = v_fma(v_set1(weights[t]), load_kv_up_to(source.values + t * source.step, format, n), sum);
    v_store(partial, sum);
}

/// All columns of a run for some rows.
CK_INLINE void weigh_run(
    float *partial, size_t width, const float *weights, value_columns source, ck_kv_format format, int rows) {
    size_t size = ck_kv_element_size(format), stride = CK_ROUND_UP(width), i = 0;
    int columns = 4 / rows;
    for (; i + 16 * (size_t)columns <= width; i += 16 * (size_t)columns) {
        weigh_columns(partial + i, stride, weights, source, format, rows, columns);
        source.values += 16 * (size_t)columns * size;
        source.next += 16 * (size_t)columns * size;
    }
    for (; i + 16 <= width; i += 16) {
        weigh_columns(partial + i, stride, weights, source, format, rows, 1);
        source.values += 16 * size;
        source.next += 16 * size;
    }
    if (i == width) return;
    for (int r = 0; r < rows; r++)
        weigh_rest(partial + (size_t)r * stride + i, weights + r * SCORE_STRIDE, source, format, width - i);
}

/// Sums of few rows that see all of every run.
CK_INLINE void weigh_narrow(
    float *partial, size_t width, const float *weights, const run_list *list, ck_kv_format format, size_t rows) {
    size_t stride = CK_ROUND_UP(width);
    for (size_t i = 0; i < list->count; i++) {
        const kv_run *run = list->runs + i;
        value_columns source = {
            run->values, after_values(list, i), width * ck_kv_element_size(format), run->count};
        const float *w = weights + run->place;
        size_t r = 0;
        for (; r + 4 <= rows; r += 4)
            weigh_run(partial + r * stride, width, w + r * SCORE_STRIDE, source, format, 4);
        for (; r + 2 <= rows; r += 2)
            weigh_run(partial + r * stride, width, w + r * SCORE_STRIDE, source, format, 2);
        if (r < rows) weigh_run(partial + r * stride, width, w + r * SCORE_STRIDE, source, format, 1);
    }
}
