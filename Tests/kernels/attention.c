/// The paged cache and attention over it.

#include "record.h"

#include <math.h>
#include <string.h>

/// One shape of a cache, of heads and of what a query sees.
typedef struct {
    ck_kv_format format;
    size_t block_size, width, group, tokens, queries;
    size_t window, context;
    float soft_cap;
    bool has_slopes, has_bias, has_sinks;
} attention_case;

static void write_cache(
    const ck_kernels *kernels, record *to, ck_attention *cache, const attention_case *item, source *from) {
    size_t blocks = (item->tokens + item->block_size - 1) / item->block_size, size = item->width;
    size_t keys = ck_key_block_bytes(item->format, item->block_size, cache->kv_heads, size) * blocks;
    size_t values = ck_value_block_size(item->format, item->block_size, size) * cache->kv_heads * blocks;
    int32_t *table = memory(blocks * sizeof(int32_t));
    cache->keys = memset(memory(keys), 0, keys);
    cache->values = memset(memory(values), 0, values);
    cache->block_table = table;
    // the blocks lie in reverse order
    for (size_t b = 0; b < blocks; b++) table[b] = (int32_t)(blocks - 1 - b);
    for (size_t t = 0; t < item->tokens; t++) {
        size_t slot = (size_t)table[t / item->block_size] * item->block_size + t % item->block_size;
        float *key = floats(from, size, 3), *value = floats(from, size, 3);
        if (t == 5) memset(value, 0, size * sizeof(float));
        kernels->write_kv(cache, key, value, slot);
    }
    record_bytes(to, cache->keys, keys, "write_kv %d, keys of %zu", item->format, size);
    record_bytes(to, cache->values, values, "write_kv %d, values of %zu", item->format, size);
}

static void attend(const ck_kernels *kernels, record *to, const attention_case *item, size_t number) {
    source from = source_make(number + 77);
    ck_attention args = {
        .format = item->format, .block_size = item->block_size, .kv_heads = 2, .head_dimension = item->width,
        .kv_head = 1, .window = item->window, .scale = 0.125f, .soft_cap = item->soft_cap,
        .slopes = item->has_slopes ? floats(&from, item->group, 0.1f) : NULL,
        .bias = item->has_bias ? floats(&from, (item->group + 1) * 1024, 1) + 512 : NULL, .bias_stride = 1024,
        .context = item->context};
    write_cache(kernels, to, &args, item, &from);
    size_t rows_in_all = item->queries * item->group, stride = item->group * item->width + 5;
    float *queries = floats(&from, item->queries * stride, 2);
    float *outputs = memory(item->queries * stride * sizeof(float));
    float *scratch = memory(ck_attention_scratch_count(item->width) * sizeof(float));
    float maxima[CK_ATTENTION_ROWS], sums[CK_ATTENTION_ROWS], seen_maxima[CK_ATTENTION_ROWS], seen[CK_ATTENTION_ROWS];
    float *partial = memory(ck_attention_partial_count(item->width, CK_ATTENTION_ROWS) * sizeof(float));
    ck_attention_result result = {partial, maxima, sums};
    ck_attention_output output = {
        outputs, stride, seen_maxima, seen, item->has_sinks ? floats(&from, item->group, 1) : NULL};
    size_t partitions = (item->tokens + CK_ATTENTION_PARTITION - 1) / CK_ATTENTION_PARTITION;
    for (size_t first = 0; first < rows_in_all; first += CK_ATTENTION_ROWS) {
        size_t left = rows_in_all - first;
        ck_attention_rows rows = {
            queries, stride, item->group, first, left < CK_ATTENTION_ROWS ? left : CK_ATTENTION_ROWS,
            item->tokens - item->queries};
        kernels->attention_begin(&output, &rows, item->width);
        for (size_t p = 0; p < partitions; p++) {
            kernels->attention_partition(&args, &rows, p, &result, scratch);
            record_floats(to, maxima, rows.rows, "attention_partition %zu of case %zu, maxima", p, number);
            record_floats(to, sums, rows.rows, "attention_partition %zu of case %zu, sums", p, number);
            kernels->attention_combine(&output, &rows, &result, item->width);
        }
        kernels->attention_finish(&output, &rows, item->width);
    }
    record_floats(to, outputs, item->queries * stride, "attention of case %zu", number);
    release_memory();
}

void run_attention(const ck_kernels *kernels, record *to) {
    static const size_t widths[] = {16, 64, 80, 100}, groups[] = {1, 2, 4, 7}, queries[] = {1, 2, 13, 40};
    for (size_t i = 0; i < 96; i++) {
        attention_case item = {
            .format = (ck_kv_format)(i % 4), .block_size = i % 3 == 0 ? 5 : 16 << i % 3, .width = widths[i / 4 % 4],
            .group = groups[i / 2 % 4], .queries = queries[i / 3 % 4], .tokens = 41 + i * 37 % 230,
            .window = i % 5 == 1 ? 33 : 0, .soft_cap = i % 7 == 2 ? 5 : 0, .has_slopes = i % 6 == 3,
            .has_bias = i % 11 == 4, .has_sinks = i % 4 == 1};
        if (i % 9 == 5) item.context = item.tokens;
        attend(kernels, to, &item, i);
    }
}
