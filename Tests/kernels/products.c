/// Matrix products: plain, packed and in blocks.

#include "record.h"

#include "../../Sources/CMartletKernels/packed_formats.h"

#include <stdio.h>
#include <string.h>

static const size_t row_counts[] = {1, 7, 31, 33};
static const size_t token_counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 40};

/// Some numbers of tokens: all of them would take too long for every shape.
static size_t tokens_of(size_t round) { return token_counts[round % COUNT(token_counts)]; }

/// A product of inputs that are packed or, where that is possible and `is_direct`, used where they are.
static void product(
    const ck_kernels *kernels, record *to, ck_format format, size_t rows, size_t inputs, size_t tokens,
    bool is_direct) {
    source from = source_make(rows * 1000003 + inputs * 101 + tokens);
    size_t element = format == CK_FLOAT32 ? 4 : 2, stride = rows + 3;
    size_t begin = rows > 8 ? 3 : 0;
    ck_linear args = {
        .weight = stored(&from, rows * (inputs + 5), format), .weight_stride = (inputs + 5) * element,
        .format = format, .inputs = inputs, .tokens = tokens, .output = memory(tokens * stride * sizeof(float)),
        .output_stride = stride, .bias = tokens % 2 ? stored(&from, rows, format) : NULL,
        .bias_format = format == CK_BFLOAT16_DOT ? CK_BFLOAT16 : format};
    float *packed = memory(ck_linear_packed_count(inputs, tokens) * sizeof(float));
    const float *x = floats(&from, tokens * (inputs + 1), 4);
    kernels->linear_pack(&args, packed, x, inputs + 1, 0, tokens);
    args.packed = packed;
    if (is_direct && inputs % CK_LINEAR_BLOCK == 0 && (format == CK_FLOAT32 || format == CK_FLOAT16)) {
        args.packed = x;
        args.input_stride = inputs + 1;
    }
    kernels->linear(&args, begin, rows);
    record_floats(to, args.output, tokens * stride, "linear %d [%zu, %zu] × %zu", format, rows, inputs, tokens);
    release_memory();
}

void run_linear(const ck_kernels *kernels, record *to) {
    static const size_t inputs[] = {1, 15, 31, 33, 64, 127, 288, 1100};
    for (int format = CK_FLOAT32; format <= CK_BFLOAT16_DOT; format++)
        for (size_t r = 0; r < COUNT(row_counts); r++)
            for (size_t i = 0; i < COUNT(inputs); i++)
                for (size_t t = 0; t < 4; t++)
                    product(kernels, to, format, row_counts[r], inputs[i], tokens_of(3 * t + i + r), t % 2 == 1);
}

/// Where a product's numbers come from.
typedef enum { RANDOM, EXTREME, RAW } packed_content;

static void fill(source *from, float *x, size_t count, packed_content content) {
    for (size_t i = 0; i < count; i++)
        x[i] = content == EXTREME ? (source_bits(from) % 8 ? 1 : -1) : source_float(from);
}

/// Any bytes as values, and scales that are finite.
static void fill_raw(source *from, uint8_t *packed, const ck_packing *args) {
    size_t run = packed_header_size(args->format) + args->scale_blocks * packed_data_size(args->format);
    size_t groups = (args->outputs + 7) / 8;
    for (size_t i = 0; i < groups * args->group_stride; i++) {
        bool is_scale = i % args->group_stride % run < packed_header_size(args->format);
        packed[i] = (uint8_t)(source_bits(from) & (is_scale ? 0xbf : 0xff));
    }
}

/// Memory for quantized inputs.
static ck_quantized_inputs quantized_memory(size_t count) {
    return (ck_quantized_inputs){
        memory(count * 32), memory(count * sizeof(float)), memory(count * sizeof(int32_t)),
        memory(count * sizeof(float)), memory(count * sizeof(int32_t))};
}

static void record_quantized(record *to, const ck_quantized_inputs *found, size_t count, const char *name) {
    record_bytes(to, found->values, count * 32, "quantize_inputs, %s", name);
    record_floats(to, found->scales, count, "quantize_inputs' scales, %s", name);
    record_bytes(to, found->offsets, count * sizeof(int32_t), "quantize_inputs' offsets, %s", name);
    record_floats(to, found->totals, count, "quantize_inputs' totals, %s", name);
    record_bytes(to, found->halves, count * sizeof(int32_t), "quantize_inputs' sums of halves, %s", name);
}

/// The product with the packed matrix of a packing.
static void multiply_packed(
    const ck_kernels *kernels, record *to, const ck_packing *args, size_t tokens, packed_content content) {
    source from = source_make(args->outputs * 31 + args->inputs * 17 + tokens);
    size_t count = args->blocks * tokens, stride = args->outputs + 2, groups = (args->outputs + 7) / 8;
    float *x = floats(&from, tokens * (args->inputs + 3), 1);
    fill(&from, x, tokens * (args->inputs + 3), content);
    if (content == RAW) x[source_below(&from, args->inputs)] = tokens % 2 ? 1e30f : 0;
    ck_quantized_inputs inputs = quantized_memory(count);
    ck_packed_linear shape = {
        .weight = args->packed, .group_stride = args->group_stride, .format = args->format,
        .scale_blocks = args->scale_blocks, .values = inputs.values, .scales = inputs.scales,
        .offsets = inputs.offsets, .totals = inputs.totals, .halves = inputs.halves, .factor = 0.5f,
        .bias = tokens % 2 ? NULL : floats(&from, args->outputs, 1), .output = memory(tokens * stride * sizeof(float)),
        .output_stride = stride, .outputs = args->outputs, .inputs = args->inputs, .blocks = args->blocks,
        .tokens = tokens};
    kernels->quantize_inputs(&shape, &inputs, x, args->inputs + 3, 0, tokens);
    record_quantized(to, &inputs, count, "of a product");
    kernels->packed_linear(&shape, groups > 2 ? 1 : 0, groups);
    record_floats(
        to, shape.output, tokens * stride, "packed_linear %d [%zu, %zu] by %zu × %zu, content %d", args->format,
        args->outputs, args->inputs, args->scale_blocks, tokens, content);
}

static void packed_product(
    const ck_kernels *kernels, record *to, ck_packing args, size_t tokens, packed_content content) {
    source from = source_make(args.outputs * 7919 + args.inputs * 13 + tokens + content);
    args.blocks = (args.inputs + 32 * args.scale_blocks - 1) / (32 * args.scale_blocks) * args.scale_blocks;
    args.group_stride = args.blocks * packed_data_size(args.format)
        + args.blocks / args.scale_blocks * packed_header_size(args.format);
    size_t groups = (args.outputs + 7) / 8;
    if (content == EXTREME) {
        float *plain = floats(&from, args.outputs * args.inputs, 1);
        fill(&from, plain, args.outputs * args.inputs, content);
        args.source = plain;
        args.source_format = CK_FLOAT32;
    } else {
        args.source = stored(&from, args.outputs * args.inputs, args.source_format);
    }
    args.source_stride = args.inputs * (args.source_format == CK_FLOAT32 ? 4 : 2);
    args.packed = memory(groups * args.group_stride);
    if (content == RAW) {
        fill_raw(&from, args.packed, &args);
    } else {
        kernels->pack_rows(&args, 0, groups);
    }
    float greatest = kernels->greatest_magnitude(&args, 0, args.outputs);
    record_floats(to, &greatest, 1, "greatest_magnitude [%zu, %zu]", args.outputs, args.inputs);
    record_bytes(
        to, args.packed, groups * args.group_stride, "pack_rows %d [%zu, %zu] by %zu, content %d", args.format,
        args.outputs, args.inputs, args.scale_blocks, content);
    multiply_packed(kernels, to, &args, tokens, content);
    release_memory();
}

/// Inputs that are not finite show.
static void poisoned_inputs(const ck_kernels *kernels, record *to) {
    static const float poisons[] = {__builtin_inff(), -__builtin_inff(), __builtin_nanf(""), 0, -0.0f, 1e-42f, 3e38f};
    for (size_t p = 0; p < COUNT(poisons); p++) {
        source from = source_make(p);
        float *x = floats(&from, 64, 2);
        if (poisons[p] == 0) memset(x, 0, 64 * sizeof(float));
        x[37] = poisons[p];
        ck_quantized_inputs inputs = quantized_memory(2);
        ck_packed_linear shape = {.inputs = 64, .blocks = 2, .tokens = 1};
        kernels->quantize_inputs(&shape, &inputs, x, 64, 0, 1);
        char name[32];
        snprintf(name, sizeof name, "of %g", (double)poisons[p]);
        record_quantized(to, &inputs, 2, name);
        release_memory();
    }
}

void run_packed(const ck_kernels *kernels, record *to) {
    static const size_t inputs[] = {1, 31, 33, 127, 288, 1056, 4231}, run_blocks_of[] = {1, 2, 4};
    poisoned_inputs(kernels, to);
    for (int format = CK_INT8; format <= CK_INT6; format++)
        for (size_t r = 0; r < COUNT(row_counts); r++)
            for (size_t i = 0; i < COUNT(inputs); i++)
                for (size_t t = 0; t < (inputs[i] > 2000 ? 1 : 4); t++) {
                    bool is_k = format >= CK_K4 && format <= CK_K6;
                    ck_packing args = {
                        .source_format = (ck_format)(t % 3), .outputs = row_counts[r], .inputs = inputs[i],
                        .format = (ck_packed_format)format, .scale_blocks = is_k ? 8 : run_blocks_of[(t + r) % 3],
                        .inverse_factor = 2};
                    bool is_packed = format <= CK_INT4 || format == CK_INT6;
                    packed_content content = is_packed ? (packed_content)((t + i) % 3) : RAW;
                    packed_product(kernels, to, args, tokens_of(3 * t + i + 5 * r), content);
                }
}

/// Packs blocks and multiplies with what came out.
static void repacked_product(
    const ck_kernels *kernels, record *to, ck_block_kind kind, ck_packed_format format, size_t rows, size_t tokens) {
    source from = source_make(kind.format * 100 + rows);
    size_t runs = 3, parts = kind.block_length / 32, groups = (rows + 7) / 8;
    ck_repacking args = {
        .source = bytes(&from, rows * runs * kind.block_byte_count, true),
        .source_stride = runs * kind.block_byte_count, .kind = kind, .outputs = rows, .format = format,
        .scale_blocks = parts, .blocks = runs * parts,
        .group_stride = runs * (packed_header_size(format) + parts * packed_data_size(format))};
    args.packed = memory(groups * args.group_stride);
    kernels->repack_rows(&args, 0, groups);
    record_bytes(to, args.packed, groups * args.group_stride, "repack_rows %d, %zu rows", kind.format, rows);
    ck_packing packed = {
        .packed = args.packed, .group_stride = args.group_stride, .format = format, .scale_blocks = parts,
        .blocks = args.blocks, .outputs = rows, .inputs = args.blocks * 32};
    multiply_packed(kernels, to, &packed, tokens, RANDOM);
    release_memory();
}

static const ck_block_kind kinds[] = {
    {CK_Q4_0, CK_FLOAT16, 32, 18}, {CK_Q4_1, CK_FLOAT16, 32, 20}, {CK_Q5_0, CK_FLOAT16, 32, 22},
    {CK_Q5_1, CK_FLOAT16, 32, 24}, {CK_Q8_0, CK_FLOAT16, 32, 34}, {CK_Q2_K, CK_FLOAT16, 256, 84},
    {CK_Q3_K, CK_FLOAT16, 256, 110}, {CK_Q4_K, CK_FLOAT16, 256, 144}, {CK_Q5_K, CK_FLOAT16, 256, 176},
    {CK_Q6_K, CK_FLOAT16, 256, 210}, {CK_IQ4_NL, CK_FLOAT16, 32, 18}, {CK_IQ4_XS, CK_FLOAT16, 256, 136},
    {CK_MXFP4, CK_FLOAT16, 32, 17}, {CK_NVFP4, CK_FLOAT16, 64, 36}, {CK_TQ1_0, CK_FLOAT16, 256, 54},
    {CK_TQ2_0, CK_FLOAT16, 256, 66}, {CK_IQ2_XXS, CK_FLOAT16, 256, 66}, {CK_IQ2_XS, CK_FLOAT16, 256, 74},
    {CK_IQ2_S, CK_FLOAT16, 256, 82}, {CK_IQ3_XXS, CK_FLOAT16, 256, 98}, {CK_IQ3_S, CK_FLOAT16, 256, 110},
    {CK_IQ1_S, CK_FLOAT16, 256, 50}, {CK_IQ1_M, CK_FLOAT16, 256, 56}, {CK_GROUPED4, CK_FLOAT32, 32, 22},
    {CK_GROUPED4, CK_FLOAT16, 128, 68}, {CK_GROUPED8, CK_BFLOAT16, 64, 68}, {CK_GROUPED8, CK_FLOAT32, 32, 38},
    {CK_GROUPED_FP8, CK_FLOAT32, 128, 132}, {CK_GROUPED_FP8, CK_BFLOAT16, 32, 34}};

static void block_product(
    const ck_kernels *kernels, record *to, const ck_block_kind *kind, size_t rows, size_t tokens) {
    source from = source_make(kind->format * 1000 + rows * 50 + tokens);
    size_t inputs = kind->block_length * 2 + source_below(&from, kind->block_length) + 1;
    size_t blocks = (inputs + kind->block_length - 1) / kind->block_length, stride = rows + 1;
    ck_block_scratch scratch = {.rows = 8};
    scratch.values = memory(scratch.rows * blocks * kind->block_length * sizeof(float));
    ck_linear args = {
        .weight = bytes(&from, rows * blocks * kind->block_byte_count, true),
        .weight_stride = blocks * kind->block_byte_count, .inputs = inputs, .tokens = tokens,
        .output = memory(tokens * stride * sizeof(float)), .output_stride = stride};
    float *packed = memory(ck_linear_packed_count(inputs, tokens) * sizeof(float));
    kernels->linear_pack(&args, packed, floats(&from, tokens * inputs, 1), inputs, 0, tokens);
    args.packed = packed;
    kernels->block_linear(&args, kind, &scratch, rows > 8 ? 2 : 0, rows);
    record_floats(
        to, args.output, tokens * stride, "block_linear %d [%zu, %zu] × %zu", kind->format, rows, inputs, tokens);
    release_memory();
}

static void repacked_products(const ck_kernels *kernels, record *to) {
    static const struct {
        ck_block_kind kind;
        ck_packed_format format;
    } pairs[] = {
        {{CK_Q4_0, CK_FLOAT16, 32, 18}, CK_INT4}, {{CK_Q8_0, CK_FLOAT16, 32, 34}, CK_INT8},
        {{CK_Q4_K, CK_FLOAT16, 256, 144}, CK_K4}, {{CK_Q5_K, CK_FLOAT16, 256, 176}, CK_K5},
        {{CK_Q6_K, CK_FLOAT16, 256, 210}, CK_K6}, {{CK_GROUPED4, CK_FLOAT16, 128, 68}, CK_AFFINE4},
        {{CK_GROUPED8, CK_BFLOAT16, 64, 68}, CK_AFFINE8}};
    for (size_t p = 0; p < COUNT(pairs); p++)
        for (size_t r = 0; r < COUNT(row_counts); r++)
            for (size_t t = 0; t < 3; t++) {
                size_t tokens = tokens_of(p + r + 4 * t);
                repacked_product(kernels, to, pairs[p].kind, pairs[p].format, row_counts[r], tokens);
            }
}

void run_blocks(const ck_kernels *kernels, record *to) {
    repacked_products(kernels, to);
    for (size_t k = 0; k < COUNT(kinds); k++) {
        source from = source_make(k);
        size_t count = 9;
        float *values = memory(count * kinds[k].block_length * sizeof(float));
        for (int finite = 0; finite < 2; finite++) {
            kernels->decode_blocks(&kinds[k], values, bytes(&from, count * kinds[k].block_byte_count, finite), count);
            record_floats(to, values, count * kinds[k].block_length, "decode_blocks %d", kinds[k].format);
        }
        release_memory();
        for (size_t r = 0; r < COUNT(row_counts); r++)
            for (size_t t = 0; t < 3; t++)
                block_product(kernels, to, &kinds[k], row_counts[r], t == 0 ? 1 : tokens_of(k + r + 4 * t));
    }
}
