/// Everything that goes over rows of numbers one by one: elementwise operations, normalization, scans of logits.

#include "record.h"

#include <math.h>
#include <string.h>

static const size_t widths[] = {1, 7, 15, 16, 17, 33, 64, 127, 200};
static const float specials[] = {0, -0.0f, 1e30f, -1e30f, 87, -87, 88.5f, -88.5f, 1e-40f, INFINITY, -INFINITY, NAN};

/// Numbers of which some are special.
static float *numbers(source *from, size_t count, float magnitude) {
    float *x = floats(from, count, magnitude);
    for (size_t i = 0; i < count; i++)
        if (source_below(from, 23) == 0) x[i] = specials[source_below(from, COUNT(specials))];
    return x;
}

static void run_norms(const ck_kernels *kernels, record *to, size_t width) {
    source from = source_make(width);
    for (int format = CK_FLOAT32; format <= CK_FLOAT16; format++) {
        ck_norm norm = {stored(&from, width, (ck_format)format), (ck_format)format, width, 1e-5f};
        float *x = floats(&from, 3 * width, 5);
        kernels->rms_norm(x, x, &norm, 3);
        record_floats(to, x, 3 * width, "rms_norm %d of %zu", format, width);
        float *wide = memory(width * sizeof(float));
        kernels->widen(wide, stored(&from, width, (ck_format)format), (ck_format)format, width);
        record_floats(to, wide, width, "widen %d of %zu", format, width);
    }
    for (int has = 0; has < 4; has++) {
        ck_layer_norm norm = {
            .weight = has & 1 ? floats(&from, 2 * width, 1) : NULL,
            .bias = has & 2 ? floats(&from, 2 * width, 1) : NULL, .width = width, .period = 2, .epsilon = 1e-5f};
        float *x = floats(&from, 4 * width, 3), *out = memory(4 * width * sizeof(float));
        kernels->layer_norm(out, x, &norm, 4);
        record_floats(to, out, 4 * width, "layer_norm of %zu, case %d", width, has);
    }
}

static void run_activations(const ck_kernels *kernels, record *to, size_t count) {
    source from = source_make(count + 1000);
    for (int kind = CK_SILU; kind <= CK_RELU_SQUARED; kind++) {
        float *out = memory(count * sizeof(float));
        kernels->activate(out, numbers(&from, count, 20), count, (ck_activation)kind);
        record_floats(to, out, count, "activate %d of %zu", kind, count);
        kernels->gate(out, numbers(&from, count, 10), floats(&from, count, 3), count, (ck_activation)kind);
        record_floats(to, out, count, "gate %d of %zu", kind, count);
    }
    float *x = numbers(&from, count, 10);
    kernels->gate_clamped(x, x, floats(&from, count, 10), count, 1.702f, 7);
    record_floats(to, x, count, "gate_clamped of %zu", count);
    x = numbers(&from, count, 10);
    kernels->clamp(x, 4, count);
    record_floats(to, x, count, "clamp of %zu", count);
    kernels->soft_cap(x, 3, count);
    record_floats(to, x, count, "soft_cap of %zu", count);
    kernels->add_multiple(x, floats(&from, count, 1), 0.3f, count);
    record_floats(to, x, count, "add_multiple of %zu", count);
    kernels->add(x, numbers(&from, count, 1), count);
    record_floats(to, x, count, "add of %zu", count);
    kernels->scale(x, -1.7f, count);
    record_floats(to, x, count, "scale of %zu", count);
}

static void run_rotations(const ck_kernels *kernels, record *to) {
    static const size_t dimensions[][2] = {{2, 2}, {16, 16}, {32, 80}, {64, 64}, {100, 128}};
    source from = source_make(5);
    for (size_t i = 0; i < COUNT(dimensions); i++) {
        size_t rotary = dimensions[i][0], head = dimensions[i][1], heads = 3;
        float *table = floats(&from, rotary, 1), *x = floats(&from, heads * head, 2);
        kernels->rotary(x, table, rotary, head, heads);
        record_floats(to, x, heads * head, "rotary %zu of %zu", rotary, head);
        kernels->rotary_interleaved(x, table, rotary, head, heads);
        record_floats(to, x, heads * head, "rotary_interleaved %zu of %zu", rotary, head);
    }
}

void run_elementwise(const ck_kernels *kernels, record *to) {
    for (size_t i = 0; i < COUNT(widths); i++) {
        run_norms(kernels, to, widths[i]);
        run_activations(kernels, to, widths[i]);
        release_memory();
    }
    run_rotations(kernels, to);
    release_memory();
}

/// A row of logits: random, with equal ones, with some that are not finite, or with none at all.
static float *logits(source *from, size_t count, size_t content) {
    float *x = floats(from, count, 12);
    for (size_t i = 0; i < count; i++) {
        if (content == 1) x[i] = (float)(int)x[i];
        if (content == 2 && source_below(from, 40) == 0) x[i] = source_below(from, 2) ? NAN : -INFINITY;
        if (content == 3) x[i] = -INFINITY;
    }
    return x;
}

static void scan_row(const ck_kernels *kernels, record *to, size_t count, size_t content) {
    source from = source_make(count * 4 + content);
    size_t blocks = (count + CK_SCAN_BLOCK - 1) / CK_SCAN_BLOCK;
    ck_scan scan = {.x = logits(&from, count, content), .count = count, .factor = 1.25f};
    float *maxima = memory(blocks * sizeof(float)), *sums = memory(blocks * sizeof(float));
    float weights[CK_SCAN_BLOCK];
    scan.maximum = kernels->scan_maxima(&scan, maxima);
    record_floats(to, maxima, blocks, "scan_maxima of %zu, content %zu", count, content);
    float greatest = kernels->scan_weights(&scan, maxima, sums);
    record_floats(to, &greatest, 1, "scan_weights' maximum of %zu, content %zu", count, content);
    // of nothing, nothing is to be said of the sums
    if (greatest > -INFINITY) record_floats(to, sums, blocks, "scan_weights of %zu, content %zu", count, content);
    size_t results[2] = {kernels->arg_max(scan.x, count), 0};
    for (size_t c = 0; c < 4 && greatest > -INFINITY; c++) {
        ck_cut cut = {c == 0 ? -INFINITY : (float)(int)(greatest - 3 * (float)c), source_below(&from, count)};
        results[1] = kernels->scan_kept_count(&scan, cut, maxima);
        kernels->scan_kept(&scan, cut, maxima, 0, blocks, sums);
        record_floats(to, sums, blocks, "scan_kept of %zu, content %zu, cut %zu", count, content, c);
        uint64_t numbers[2] = {results[0], results[1]};
        record_bytes(
            to, numbers, sizeof numbers, "arg_max, scan_kept_count of %zu, content %zu, cut %zu", count, content, c);
        size_t block = source_below(&from, blocks), kept = kernels->scan_block(&scan, cut, block, weights);
        record_floats(to, weights, kept, "scan_block %zu of %zu, content %zu, cut %zu", block, count, content, c);
    }
    release_memory();
}

void run_scans(const ck_kernels *kernels, record *to) {
    static const size_t counts[] = {1, 15, 17, 127, 128, 129, 1000, 5003};
    for (size_t i = 0; i < COUNT(counts); i++)
        for (size_t content = 0; content < 4; content++) scan_row(kernels, to, counts[i], content);
}
