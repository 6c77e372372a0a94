#include "record.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

source source_make(uint64_t seed) { return (source){seed * 0x9e3779b97f4a7c15u + 1}; }

uint32_t source_bits(source *from) {
    from->state ^= from->state >> 12;
    from->state ^= from->state << 25;
    from->state ^= from->state >> 27;
    return (uint32_t)((from->state * 0x2545f4914f6cdd1du) >> 32);
}

size_t source_below(source *from, size_t count) { return source_bits(from) % count; }

float source_float(source *from) { return (float)(int32_t)source_bits(from) * 0x1p-31f; }

static void *blocks[4096];
static size_t block_count;

void *memory(size_t byte_count) {
    // cache lines before and behind, so that kernels may fetch ahead
    char *block = malloc(byte_count + 128);
    if (!block || block_count == COUNT(blocks)) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    memset(block, 0x5a, byte_count + 128);
    blocks[block_count++] = block;
    return block + 64;
}

void release_memory(void) {
    while (block_count > 0) free(blocks[--block_count]);
}

float *floats(source *from, size_t count, float magnitude) {
    float *values = memory(count * sizeof(float));
    for (size_t i = 0; i < count; i++) values[i] = source_float(from) * magnitude;
    return values;
}

void *stored(source *from, size_t count, ck_format format) {
    char *to = (char *)memory(count * 4 + 1) + 1;
    for (size_t i = 0; i < count; i++) {
        float value = source_float(from);
        uint32_t pattern;
        memcpy(&pattern, &value, sizeof pattern);
        uint16_t upper = (uint16_t)(pattern >> 16);
        _Float16 half = (_Float16)value;
        if (format == CK_FLOAT32) memcpy(to + 4 * i, &value, 4);
        if (format == CK_BFLOAT16 || format == CK_BFLOAT16_DOT) memcpy(to + 2 * i, &upper, 2);
        if (format == CK_FLOAT16) memcpy(to + 2 * i, &half, 2);
    }
    return to;
}

void *bytes(source *from, size_t count, bool is_finite) {
    uint8_t *to = (uint8_t *)memory(count + 1) + 1;
    for (size_t i = 0; i < count; i++) to[i] = (uint8_t)(source_bits(from) & (is_finite ? 0xbf : 0xff));
    return to;
}

static void append(record *to, const void *values, size_t byte_count, bool is_float, const char *format, va_list list) {
    size_t count = (byte_count + 3) / 4;
    to->entries = realloc(to->entries, (to->entry_count + 1) * sizeof *to->entries);
    to->words = realloc(to->words, (to->word_count + count) * sizeof *to->words);
    if (!to->entries || !to->words) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    record_entry *entry = &to->entries[to->entry_count++];
    *entry = (record_entry){.offset = to->word_count, .count = count, .is_float = is_float};
    vsnprintf(entry->label, sizeof entry->label, format, list);
    uint32_t *words = to->words + to->word_count;
    to->word_count += count;
    if (count > 0) words[count - 1] = 0;
    memcpy(words, values, byte_count);
    for (size_t i = 0; is_float && i < count; i++)
        if ((words[i] & 0x7fffffff) > 0x7f800000) words[i] = 0x7fc00000;
}

void record_floats(record *to, const float *values, size_t count, const char *format, ...) {
    va_list list;
    va_start(list, format);
    append(to, values, count * sizeof(float), true, format, list);
    va_end(list);
}

void record_bytes(record *to, const void *values, size_t byte_count, const char *format, ...) {
    va_list list;
    va_start(list, format);
    append(to, values, byte_count, false, format, list);
    va_end(list);
}

static void print_difference(const record *expected, const record *found, size_t index, const char *name) {
    const record_entry *entry = &expected->entries[index];
    const uint32_t *a = expected->words + entry->offset, *b = found->words + entry->offset;
    size_t i = 0;
    while (a[i] == b[i]) i++;
    float x, y;
    memcpy(&x, a + i, sizeof x);
    memcpy(&y, b + i, sizeof y);
    fprintf(stderr, "%s, %s: word %zu of %zu is %08x, expected %08x", name, entry->label, i, entry->count, b[i], a[i]);
    fprintf(stderr, entry->is_float ? " (%g, expected %g)\n" : "\n", (double)y, (double)x);
}

size_t record_differences(const record *expected, const record *found, const char *name) {
    size_t differences = 0;
    if (expected->entry_count != found->entry_count || expected->word_count != found->word_count) {
        fprintf(stderr, "%s: not as many results\n", name);
        return 1;
    }
    for (size_t i = 0; i < expected->entry_count; i++) {
        const record_entry *entry = &expected->entries[i];
        size_t size = entry->count * sizeof(uint32_t);
        if (memcmp(expected->words + entry->offset, found->words + entry->offset, size) == 0) continue;
        if (differences++ < 10) print_difference(expected, found, i, name);
    }
    return differences;
}

uint64_t record_digest(const record *of) {
    uint64_t digest = 0xcbf29ce484222325u;
    for (size_t i = 0; i < of->word_count; i++) digest = (digest ^ of->words[i]) * 0x100000001b3u;
    return digest;
}
