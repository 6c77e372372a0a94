/// Attention of few rows that see the same tokens (a token's heads of one group): keys and values are widened as they
/// are read, and what is read next is fetched meanwhile. Memory is the limit here.

/// The greatest number of rows for which keys and values are not widened first.
#define CK_NARROW_ROWS 8
/// The runs whose keys two rows are multiplied with at a time, and the most columns of values, sixteen each: as many as
/// registers hold sums for, since memory gives more where more lines are read in order.
#define CK_NARROW_RUNS (CK_NARROW_SUMS / 2 < 4 ? CK_NARROW_SUMS / 2 : 4)
#define CK_NARROW_COLUMNS (CK_NARROW_SUMS < 8 ? CK_NARROW_SUMS : 8)

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

/// The keys of a partition.
typedef struct {
    const ck_attention *args;
    const run_list *list;
    ck_kv_format format;
} listed_keys;

/// A tile of scores: at most four products of a row and a run.
typedef struct {
    int rows, runs;
} score_tile_kind;

/// Element `i` of every query and key of a tile.
CK_INLINE void score_element(
    vec sum[4][4], const float *q, listed_keys keys, const kv_run *run, size_t i, score_tile_kind kind) {
    vec k[4];
    size_t offset = 16 * i * ck_kv_element_size(keys.format);
    CK_UNROLL for (int g = 0; g < kind.runs; g++) k[g] = load_kv(run[g].keys + offset, keys.format);
    CK_UNROLL for (int r = 0; r < kind.rows; r++) {
        vec x = v_set1(q[(size_t)r * keys.args->head_dimension + i]);
        CK_UNROLL for (int g = 0; g < kind.runs; g++) sum[r][g] = v_fma(x, k[g], sum[r][g]);
    }
}

/// Scores of some rows for some runs from the list's run `first` on.
CK_INLINE void score_runs(
    float *scores, const float *q, listed_keys keys, size_t first, score_tile_kind kind) {
    size_t width = keys.args->head_dimension, step = 16 * ck_kv_element_size(keys.format), per_line = 64 / step, i = 0;
    const kv_run *run = keys.list->runs + first;
    const char *next[4];
    vec sum[4][4];
    CK_UNROLL for (int g = 0; g < kind.runs; g++) next[g] = after_keys(keys.list, first + (size_t)g);
    CK_UNROLL for (int r = 0; r < kind.rows; r++)
        CK_UNROLL for (int g = 0; g < kind.runs; g++) sum[r][g] = v_zero();
    for (; i + per_line <= width; i += per_line) {
        CK_UNROLL for (int g = 0; g < kind.runs; g++) v_prefetch(next[g] + i * step);
        CK_UNROLL for (size_t j = 0; j < per_line; j++) score_element(sum, q, keys, run, i + j, kind);
    }
    for (; i < width; i++) score_element(sum, q, keys, run, i, kind);
    CK_UNROLL for (int r = 0; r < kind.rows; r++)
        CK_UNROLL for (int g = 0; g < kind.runs; g++)
            store_scores(scores + r * SCORE_STRIDE, sum[r][g], keys.args, run + g, keys.format);
}

/// Scores of few rows for every run.
CK_INLINE void score_narrow(float *scores, const float *q, listed_keys keys, size_t rows) {
    size_t width = keys.args->head_dimension, i = 0;
    if (rows == 1)
        for (; i + 4 <= keys.list->count; i += 4) score_runs(scores, q, keys, i, (score_tile_kind){1, 4});
    if (rows == 2)
        for (; i + CK_NARROW_RUNS <= keys.list->count; i += CK_NARROW_RUNS)
            score_runs(scores, q, keys, i, (score_tile_kind){2, CK_NARROW_RUNS});
    for (; i < keys.list->count; i++) {
        size_t r = 0;
        for (; r + 4 <= rows; r += 4)
            score_runs(scores + r * SCORE_STRIDE, q + r * width, keys, i, (score_tile_kind){4, 1});
        for (; r + 2 <= rows; r += 2)
            score_runs(scores + r * SCORE_STRIDE, q + r * width, keys, i, (score_tile_kind){2, 1});
        if (r < rows) score_runs(scores + r * SCORE_STRIDE, q + r * width, keys, i, (score_tile_kind){1, 1});
    }
}

/// Some columns of the values of a run and what is read after them.
typedef struct {
    const char *values, *next;
    /// The distance of the tokens' values in bytes.
    size_t step;
    size_t count;
    ck_kv_format format;
} value_columns;

/// partial[r][0..<16·columns] += Σ weights[r][t] · v[t] in ascending t.
CK_INLINE void weigh_columns(
    float *partial, size_t stride, const float *weights, value_columns source, int rows, int columns) {
    vec sum[4][CK_NARROW_COLUMNS], x[CK_NARROW_COLUMNS];
    size_t column = 16 * ck_kv_element_size(source.format);
    CK_UNROLL for (int r = 0; r < rows; r++)
        CK_UNROLL for (int c = 0; c < columns; c++) sum[r][c] = v_load(partial + (size_t)r * stride + 16 * c);
    for (size_t t = 0; t < source.count; t++) {
        size_t offset = t * source.step;
        CK_UNROLL for (int c = 0; c < columns; c++) {
            size_t place = offset + (size_t)c * column;
            if ((size_t)c * column % 64 == 0) v_prefetch(source.next + place);
            x[c] = load_kv(source.values + place, source.format);
        }
        CK_UNROLL for (int r = 0; r < rows; r++) {
            vec w = v_set1(weights[(size_t)r * SCORE_STRIDE + t]);
            CK_UNROLL for (int c = 0; c < columns; c++) sum[r][c] = v_fma(w, x[c], sum[r][c]);
        }
    }
    CK_UNROLL for (int r = 0; r < rows; r++)
        CK_UNROLL for (int c = 0; c < columns; c++) v_store(partial + (size_t)r * stride + 16 * c, sum[r][c]);
}

/// The last `n` columns of a head whose width is no multiple of sixteen.
CK_INLINE void weigh_rest(float *partial, const float *weights, value_columns source, size_t n) {
    vec sum = v_load(partial);
    for (size_t t = 0; t < source.count; t++)
        sum = v_fma(v_set1(weights[t]), load_kv_up_to(source.values + t * source.step, source.format, n), sum);
    v_store(partial, sum);
}

/// The columns of a run from `i` on for some rows, so many at a time; returns the first that is left.
CK_INLINE size_t weigh_some(
    float *partial, size_t width, size_t i, const float *weights, value_columns source, int rows, int columns) {
    size_t size = ck_kv_element_size(source.format), step = 16 * (size_t)columns;
    for (; i + step <= width; i += step) {
        value_columns some = source;
        some.values += i * size;
        some.next += i * size;
        weigh_columns(partial + i, CK_ROUND_UP(width), weights, some, rows, columns);
    }
    return i;
}

/// All columns of a run for some rows.
CK_INLINE void weigh_run(float *partial, size_t width, const float *weights, value_columns source, int rows) {
    int most = CK_NARROW_SUMS / rows < CK_NARROW_COLUMNS ? CK_NARROW_SUMS / rows : CK_NARROW_COLUMNS;
    size_t i = weigh_some(partial, width, 0, weights, source, rows, most);
    if (most > 4) i = weigh_some(partial, width, i, weights, source, rows, 4);
    i = weigh_some(partial, width, i, weights, source, rows, 1);
    if (i == width) return;
    source.values += i * ck_kv_element_size(source.format);
    for (int r = 0; r < rows; r++)
        weigh_rest(partial + (size_t)r * CK_ROUND_UP(width) + i, weights + r * SCORE_STRIDE, source, width - i);
}

/// Sums of few rows that see all of every run.
CK_INLINE void weigh_narrow(
    float *partial, size_t width, const float *weights, const run_list *list, ck_kv_format format, size_t rows) {
    size_t stride = CK_ROUND_UP(width);
    for (size_t i = 0; i < list->count; i++) {
        const kv_run *run = list->runs + i;
        value_columns source = {
            run->values, after_values(list, i), width * ck_kv_element_size(format), run->count, format};
        const float *w = weights + run->place;
        size_t r = 0;
        for (; r + 4 <= rows; r += 4)
            weigh_run(partial + r * stride, width, w + r * SCORE_STRIDE, source, 4);
        for (; r + 2 <= rows; r += 2)
            weigh_run(partial + r * stride, width, w + r * SCORE_STRIDE, source, 2);
        if (r < rows) weigh_run(partial + r * stride, width, w + r * SCORE_STRIDE, source, 1);
    }
}
