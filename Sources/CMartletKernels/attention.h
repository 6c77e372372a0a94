/// Attention over one partition of a paged cache, over the vectors of the instruction set included before.
///
/// A row's result depends on its own query, its position and the cached tokens it sees: rows share reads of keys and
/// values and nothing else. Few rows and many rows are computed differently, with the same sums in the same order.

#define SCORE_STRIDE (CK_ATTENTION_PARTITION + 16)
/// How far ahead of the reading memory is fetched, in runs.
#define CK_RUNS_AHEAD 4
#define CK_ROUND_UP(count) (((count) + 15) / 16 * 16)

/// The places `from..<to` of a partition that a row sees.
typedef struct {
    size_t from, to;
} seen_range;

/// The runs of a partition that some row sees, in order.
typedef struct {
    kv_run runs[CK_ATTENTION_PARTITION];
    size_t count;
    /// The keys of the next partition's first runs, to be fetched ahead.
    const char *next_keys[CK_RUNS_AHEAD];
} run_list;

/// scores[run's places] = scale · sums, times the keys' own scales where they have some.
CK_INLINE void store_scores(
    float *scores, vec sum, const ck_attention *args, const kv_run *run, ck_kv_format format) {
    vec s = v_mul(sum, v_set1(args->scale));
    if (format == CK_KV_INT8) s = v_mul(s, v_load(run->key_scales));
    if (run->lane == 0) {
        // lanes beyond the run land on places that are written later or never read
        v_store(scores + run->place, s);
    } else {
        float lanes[16];
        v_store(lanes, s);
        memcpy(scores + run->place, lanes + run->lane, run->count * sizeof(float));
    }
}

#include "attention_narrow.h"

#include "attention_wide.h"

/// Turns a row's scores of places `from..<to` into weights; the other places become 0.
CK_INLINE void softmax_row(float *scores, seen_range seen, float *maximum_out, float *sum_out) {
    for (size_t i = 0; i < seen.from; i++) scores[i] = -INFINITY;
    size_t end = CK_ROUND_UP(seen.to);
    for (size_t i = seen.to; i < end; i++) scores[i] = -INFINITY;
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

/// weights[r][t] *= the scale of the value of t, for every place that the row sees.
CK_INLINE void scale_weights(float *weights, const run_list *list, const seen_range *seen, size_t rows) {
    float scales[SCORE_STRIDE] = {0};
    for (size_t i = 0; i < list->count; i++)
        memcpy(scales + list->runs[i].place, list->runs[i].value_scales, list->runs[i].count * sizeof(float));
    for (size_t r = 0; r < rows; r++, weights += SCORE_STRIDE) {
        for (size_t t = seen[r].from / 16 * 16; t < seen[r].to; t += 16)
            v_store(weights + t, v_mul(v_load(weights + t), v_load(scales + t)));
    }
}

/// Caps a row's scores and grows them with the positions of the keys.
CK_INLINE void adjust_scores(float *scores, const ck_attention *args, seen_range seen, size_t head, float distance) {
    vec cap = v_set1(args->soft_cap), slope = v_set1(args->slopes ? args->slopes[head] : 0);
    float lanes[16];
    for (int i = 0; i < 16; i++) lanes[i] = (float)i - distance;
    vec places = v_load(lanes);
    for (size_t t = seen.from / 16 * 16; t < seen.to; t += 16) {
        vec s = v_load(scores + t);
        if (args->soft_cap > 0) s = v_mul(cap, v_tanh(v_div(s, cap)));
        if (args->slopes) s = v_fma(slope, v_add(places, v_set1((float)t)), s);
        v_store(scores + t, s);
    }
}

/// Adds the bias of each place that a row sees to its score.
CK_INLINE void add_bias(float *scores, const ck_attention *args, size_t head, seen_range seen, ptrdiff_t distance) {
    const float *bias = args->bias + head * args->bias_stride + distance;
    for (size_t i = seen.from; i < seen.to; i += 16) {
        size_t n = seen.to - i;
        store_up_to(scores + i, v_add(load_up_to(scores + i, n), load_up_to(bias + i, n)), n);
    }
}

CK_INLINE seen_range seen_by(const ck_attention *args, size_t position, size_t start) {
    size_t end = position + (args->context == 0 ? 1 : args->window > 0 ? args->window : args->context);
    if (args->context > 0 && end > args->context) end = args->context;
    size_t begin = args->window > 0 && position + 1 > args->window ? position + 1 - args->window : 0;
    if (begin < start) begin = start;
    if (end > start + CK_ATTENTION_PARTITION) end = start + CK_ATTENTION_PARTITION;
    return begin < end ? (seen_range){begin - start, end - start} : (seen_range){0, 0};
}

/// Lists the runs of places `all` of the partition at `start`; `end` is where the last row's tokens end.
CK_INLINE void list_runs(
    run_list *list, const ck_attention *args, ck_kv_format format, size_t start, seen_range all, size_t end) {
    list->count = 0;
    for (size_t place = all.from; place < all.to;) {
        kv_run run = run_at(args, format, start + place, all.to - place);
        list->runs[list->count++] = run;
        place += run.count;
    }
    size_t next = start + CK_ATTENTION_PARTITION;
    for (int i = 0; i < CK_RUNS_AHEAD; i++) {
        list->next_keys[i] = list->runs[list->count - 1].values;
        if (next >= end) continue;
        kv_run run = run_at(args, format, next, end - next);
        list->next_keys[i] = run.keys;
        next += run.count;
    }
}

/// What each row sees of a partition, and where all of that lies; returns whether all rows see the same.
CK_INLINE bool see(
    seen_range *seen, seen_range *all, const ck_attention *args, const ck_attention_rows *rows, size_t start) {
    bool is_same = true;
    *all = (seen_range){CK_ATTENTION_PARTITION, 0};
    for (size_t r = 0; r < rows->rows; r++) {
        seen[r] = seen_by(args, rows->position + (rows->first + r) / rows->group, start);
        is_same = is_same && seen[r].from == seen[0].from && seen[r].to == seen[0].to;
        if (seen[r].to == 0) continue;
        if (seen[r].from < all->from) all->from = seen[r].from;
        if (seen[r].to > all->to) all->to = seen[r].to;
    }
    return is_same;
}

CK_INLINE void partition_format(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch, ck_kv_format format) {
    size_t width = args->head_dimension, count = rows->rows;
    float *scores = scratch, *q = scores + CK_ATTENTION_ROWS * SCORE_STRIDE, *keys = q + CK_ATTENTION_ROWS * width;
    float *panels = keys + 16 * width;
    seen_range seen[CK_ATTENTION_ROWS], all;
    bool is_narrow = see(seen, &all, args, rows, start) && count <= CK_NARROW_ROWS;
    for (size_t r = 0; r < count; r++) {
        result->maxima[r] = -INFINITY;
        result->sums[r] = 0;
        size_t token = (rows->first + r) / rows->group, head = (rows->first + r) % rows->group;
        memcpy(q + r * width, rows->queries + token * rows->stride + head * width, width * sizeof(float));
    }
    if (all.from >= all.to) return;
    run_list list;
    size_t end = args->context > 0 ? args->context : rows->position + (rows->first + count - 1) / rows->group + 1;
    list_runs(&list, args, format, start, all, end);

    if (is_narrow) {
        score_narrow(scores, q, (listed_keys){args, &list, format}, count);
    } else {
        for (size_t i = 0; i < list.count; i++) {
            const float *k = widened_keys(keys, list.runs + i, after_keys(&list, i), width, format);
            score_wide(scores, q, k, args, list.runs + i, count);
        }
    }
    for (size_t r = 0; r < count && args->bias; r++) {
        size_t position = rows->position + (rows->first + r) / rows->group, head = (rows->first + r) % rows->group;
        add_bias(scores + r * SCORE_STRIDE, args, head, seen[r], (ptrdiff_t)start - (ptrdiff_t)position);
    }
    if (args->soft_cap > 0 || args->slopes) {
        for (size_t r = 0; r < count; r++) {
            size_t position = rows->position + (rows->first + r) / rows->group;
            float distance = (float)position - (float)start;
            adjust_scores(scores + r * SCORE_STRIDE, args, seen[r], (rows->first + r) % rows->group, distance);
        }
    }
    for (size_t r = 0; r < count; r++)
        if (seen[r].to > 0)
            softmax_row(scores + r * SCORE_STRIDE, seen[r], &result->maxima[r], &result->sums[r]);
    if (format == CK_KV_INT8) scale_weights(scores, &list, seen, count);

    memset(result->partial, 0, count * CK_ROUND_UP(width) * sizeof(float));
    if (is_narrow) {
        weigh_narrow(result->partial, width, scores, &list, format, count);
    } else {
        widen_values(panels, width, &list, format);
        weigh_wide(result->partial, width, scores, panels, seen, count);
    }
}

CK_TARGET static void partition_float32(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch) {
    partition_format(args, rows, start, result, scratch, CK_KV_FLOAT32);
}

CK_TARGET static void partition_bfloat16(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch) {
    partition_format(args, rows, start, result, scratch, CK_KV_BFLOAT16);
}

CK_TARGET static void partition_float16(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch) {
    partition_format(args, rows, start, result, scratch, CK_KV_FLOAT16);
}

CK_TARGET static void partition_int8(
    const ck_attention *args, const ck_attention_rows *rows, size_t start, const ck_attention_result *result,
    float *scratch) {
    partition_format(args, rows, start, result, scratch, CK_KV_INT8);
}

static void attention_partition(
    const ck_attention *args, const ck_attention_rows *rows, size_t partition, const ck_attention_result *result,
    float *scratch) {
    size_t start = partition * CK_ATTENTION_PARTITION;
    switch (args->format) {
    case CK_KV_FLOAT32:
        partition_float32(args, rows, start, result, scratch);
        break;
    case CK_KV_BFLOAT16:
        partition_bfloat16(args, rows, start, result, scratch);
        break;
    case CK_KV_FLOAT16:
        partition_float16(args, rows, start, result, scratch);
        break;
    case CK_KV_INT8:
        partition_int8(args, rows, start, result, scratch);
        break;
    }
}

/// The place of a row's output.
CK_INLINE float *output_row(
    const ck_attention_output *output, const ck_attention_rows *rows, size_t row, size_t width) {
    size_t index = rows->first + row;
    return output->output + index / rows->group * output->stride + index % rows->group * width;
}

CK_TARGET static void attention_begin(
    const ck_attention_output *output, const ck_attention_rows *rows, size_t head_dimension) {
    for (size_t r = 0; r < rows->rows; r++) {
        output->maxima[r] = -INFINITY;
        output->sums[r] = 0;
        memset(output_row(output, rows, r, head_dimension), 0, head_dimension * sizeof(float));
    }
}

CK_TARGET static void attention_combine(
    const ck_attention_output *output, const ck_attention_rows *rows, const ck_attention_result *result,
    size_t head_dimension) {
    float old_factors[CK_ROUND_UP(CK_ATTENTION_ROWS)], new_factors[CK_ROUND_UP(CK_ATTENTION_ROWS)];
    for (size_t r = 0; r < rows->rows; r += 16) {
        size_t n = rows->rows - r;
        vec a = load_up_to(output->maxima + r, n), b = load_up_to(result->maxima + r, n), m = v_max(a, b);
        v_store(old_factors + r, v_exp_or_zero(v_sub(a, m)));
        v_store(new_factors + r, v_exp_or_zero(v_sub(b, m)));
        store_up_to(output->maxima + r, m, n);
    }
    for (size_t r = 0; r < rows->rows; r++) {
        // factors of a row that has seen nothing yet are not numbers
        if (result->maxima[r] == -INFINITY) continue;
        const float *partial = result->partial + r * CK_ROUND_UP(head_dimension);
        float *x = output_row(output, rows, r, head_dimension);
        vec a = v_set1(old_factors[r]), b = v_set1(new_factors[r]);
        for (size_t i = 0; i < head_dimension; i += 16) {
            size_t n = head_dimension - i;
            store_up_to(x + i, v_fma(v_load(partial + i), b, v_mul(load_up_to(x + i, n), a)), n);
        }
        output->sums[r] = output->sums[r] * old_factors[r] + result->sums[r] * new_factors[r];
    }
}

CK_TARGET static void attention_finish(
    const ck_attention_output *output, const ck_attention_rows *rows, size_t head_dimension) {
    for (size_t r = 0; r < rows->rows; r++) {
        float sum = output->sums[r];
        if (output->sinks) {
            float lanes[16];
            v_store(lanes, v_exp(v_set1(output->sinks[(rows->first + r) % rows->group] - output->maxima[r])));
            sum += lanes[0];
        }
        scale(output_row(output, rows, r, head_dimension), 1 / sum, head_dimension);
    }
}
