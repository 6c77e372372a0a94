/// What kernels computed, kept so that runs with different kernels can be compared bit for bit.

#ifndef MARTLET_RECORD_H
#define MARTLET_RECORD_H

#include "CMartletKernels.h"

/// One array of results.
typedef struct {
    char label[120];
    size_t offset, count;
    bool is_float;
} record_entry;

/// The results of all kernels of one instruction set.
typedef struct {
    record_entry *entries;
    size_t entry_count;
    uint32_t *words;
    size_t word_count;
} record;

/// Random numbers that are the same on every machine.
typedef struct {
    uint64_t state;
} source;

source source_make(uint64_t seed);
uint32_t source_bits(source *from);
/// Below `count`.
size_t source_below(source *from, size_t count);
/// In −1…1.
float source_float(source *from);

/// A block of memory for the rest of the process, filled with the same bytes every time.
void *memory(size_t byte_count);
/// `count` numbers in −magnitude…magnitude.
float *floats(source *from, size_t count, float magnitude);
/// `count` numbers in −1…1 rounded to a format, stored at an address without alignment.
void *stored(source *from, size_t count, ck_format format);
/// Random bytes at an address without alignment; with bit 6 cleared, every float16, bfloat16 and float32 is finite.
void *bytes(source *from, size_t count, bool is_finite);
/// Frees what was taken since the last call.
void release_memory(void);

/// Keeps results under a label; of numbers that are none the pattern does not count.
void record_floats(record *to, const float *values, size_t count, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void record_bytes(record *to, const void *values, size_t byte_count, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/// The number of arrays that differ; the first ones are printed.
size_t record_differences(const record *expected, const record *found, const char *name);
/// A number that stands for all results.
uint64_t record_digest(const record *of);

void run_linear(const ck_kernels *kernels, record *to);
void run_packed(const ck_kernels *kernels, record *to);
void run_blocks(const ck_kernels *kernels, record *to);
void run_attention(const ck_kernels *kernels, record *to);
void run_elementwise(const ck_kernels *kernels, record *to);
void run_scans(const ck_kernels *kernels, record *to);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
