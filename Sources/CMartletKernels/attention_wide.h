/// Attention of many rows: keys and values are widened once for all of them. Arithmetic is the limit here.

/// The distance of the panels of sixteen columns of a partition's values, such that they do not share cache sets.
#define PANEL_STRIDE (16 * CK_ATTENTION_PARTITION + 16)

/// A run's keys `[headDimension][16]` in float32, in `memory` unless they are that already.
CK_INLINE const float *widened_keys(
    float *memory, const kv_run *run, const char *next, size_t width, ck_kv_format format) {
    if (format == CK_KV_FLOAT32) return (const float *)(const void *)run->keys;
    size_t step = 16 * ck_kv_element_size(format);
    for (size_t d = 0; d < width; d++) {
        v_prefetch(next + d * step);
        v_store(memory + 16 * d, load_kv(run->keys + d * step, format));
    }
    return memory;
}

/// Writes the values of every run as panels `[headDimension / 16][partition][16]`, the last one padded with zeros.
CK_INLINE void widen_values(float *panels, size_t width, const run_list *list, ck_kv_format format) {
    size_t size = ck_kv_element_size(format);
    for (size_t i = 0; i < list->count; i++) {
        const kv_run *run = list->runs + i;
        const char *next = after_values(list, i);
        float *panel = panels + 16 * run->place;
        for (size_t d = 0; d < width; d += 16, panel += PANEL_STRIDE) {
            for (size_t t = 0; t < run->count; t++) {
                size_t offset = (t * width + d) * size;
                v_prefetch(next + offset);
                v_store(panel + 16 * t, load_kv_up_to(run->values + offset, format, width - d));
            }
        }
    }
}

/// Scores of some rows for one run.
CK_INLINE void score_tile(
    float *scores, const float *q, const float *keys, const ck_attention *args, const kv_run *run, int rows) {
    size_t width = args->head_dimension;
    vec sum[CK_TILE_ROWS];
    CK_UNROLL for (int r = 0; r < rows; r++) sum[r] = v_zero();
    for (size_t i = 0; i < width; i++) {
        vec k = v_load(keys + 16 * i);
        CK_UNROLL for (int r = 0; r < rows; r++) sum[r] = v_fma(v_set1(q[(size_t)r * width + i]), k, sum[r]);
    }
    CK_UNROLL for (int r = 0; r < rows; r++) store_scores(scores + r * SCORE_STRIDE, sum[r], args, run, args->format);
}

/// Scores of every row for one run, whose keys are in float32.
CK_TARGET static void score_wide(
    float *scores, const float *q, const float *keys, const ck_attention *args, const kv_run *run, size_t rows) {
    size_t width = args->head_dimension, r = 0;
    for (; r + CK_TILE_ROWS <= rows; r += CK_TILE_ROWS)
        score_tile(scores + r * SCORE_STRIDE, q + r * width, keys, args, run, CK_TILE_ROWS);
#if CK_TILE_ROWS > 4
    for (; r + 4 <= rows; r += 4) score_tile(scores + r * SCORE_STRIDE, q + r * width, keys, args, run, 4);
#endif
    for (; r < rows; r++) score_tile(scores + r * SCORE_STRIDE, q + r * width, keys, args, run, 1);
}

/// partial[r][0..<16] += Σ weights[r][t] · panel[t] for the places `from..<to` in ascending order.
CK_INLINE void weigh_tile(
    float *partial, size_t stride, const float *weights, const float *panel, seen_range places, int rows) {
    vec sum[CK_TILE_ROWS];
    CK_UNROLL for (int r = 0; r < rows; r++) sum[r] = v_load(partial + (size_t)r * stride);
    for (size_t t = places.from; t < places.to; t++) {
        vec x = v_load(panel + 16 * t);
        CK_UNROLL for (size_t r = 0; r < (size_t)rows; r++)
            sum[r] = v_fma(v_set1(weights[r * SCORE_STRIDE + t]), x, sum[r]);
    }
    CK_UNROLL for (int r = 0; r < rows; r++) v_store(partial + (size_t)r * stride, sum[r]);
}

/// One panel for some rows: what all see together, the rest of each apart, in ascending order for each.
CK_INLINE void weigh_ranges(
    float *partial, size_t stride, const float *weights, const float *panel, const seen_range *seen, int rows) {
    seen_range common = {0, CK_ATTENTION_PARTITION};
    for (int r = 0; r < rows; r++) {
        if (seen[r].from > common.from) common.from = seen[r].from;
        if (seen[r].to < common.to) common.to = seen[r].to;
    }
    if (common.from >= common.to) common = (seen_range){CK_ATTENTION_PARTITION, CK_ATTENTION_PARTITION};
    for (int r = 0; r < rows; r++) {
        seen_range before = {seen[r].from, seen[r].to < common.from ? seen[r].to : common.from};
        if (before.from < before.to)
            weigh_tile(partial + (size_t)r * stride, stride, weights + r * SCORE_STRIDE, panel, before, 1);
    }
    weigh_tile(partial, stride, weights, panel, common, rows);
    for (int r = 0; r < rows; r++) {
        seen_range after = {common.to, seen[r].to};
        if (after.from < after.to)
            weigh_tile(partial + (size_t)r * stride, stride, weights + r * SCORE_STRIDE, panel, after, 1);
    }
}

/// Sums of every row over the panels of what it sees.
CK_TARGET static void weigh_wide(
    float *partial, size_t width, const float *weights, const float *panels, const seen_range *seen, size_t rows) {
    size_t stride = CK_ROUND_UP(width);
    for (size_t d = 0; d < width; d += 16, panels += PANEL_STRIDE) {
        size_t r = 0;
        for (; r + CK_TILE_ROWS <= rows; r += CK_TILE_ROWS)
            weigh_ranges(
                partial + r * stride + d, stride, weights + r * SCORE_STRIDE, panels, seen + r, CK_TILE_ROWS);
#if CK_TILE_ROWS > 4
        for (; r + 4 <= rows; r += 4)
            weigh_ranges(partial + r * stride + d, stride, weights + r * SCORE_STRIDE, panels, seen + r, 4);
#endif
        for (; r < rows; r++)
            weigh_ranges(partial + r * stride + d, stride, weights + r * SCORE_STRIDE, panels, seen + r, 1);
    }
}
