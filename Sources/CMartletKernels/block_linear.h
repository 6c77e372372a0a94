/// The matrix product with weights in blocks: every value is widened to float32 as its format says.
///
/// The order of additions is that of `linear` in float32, whatever the number of tokens: one token multiplies the values
/// as they are decoded, several go through rows of decoded values.

/// Gives the values of a part.
typedef void (*part_decoder)(const ck_block_kind *kind, const char *block, size_t part, vec out[2]);

/// A format's decoder and the parts of its blocks; known when the kernel is compiled but for groups.
typedef struct {
    part_decoder decode;
    size_t parts, byte_count;
} block_decoder;

/// Writes the values of some blocks.
CK_INLINE void decode_run(
    float *values, const char *source, size_t blocks, const ck_block_kind *kind, block_decoder decoder) {
    for (size_t b = 0; b < blocks; b++, source += decoder.byte_count) {
        for (size_t part = 0; part < decoder.parts; part++, values += 32) {
            vec out[2];
            decoder.decode(kind, source, part, out);
            v_store(values, out[0]);
            v_store(values + 16, out[1]);
        }
    }
}

/// Adds the products of a block's part to a row's lanes; `x` are the block's inputs.
CK_INLINE vec add_part(
    vec sum, const ck_block_kind *kind, const char *block, size_t part, const float *x, part_decoder decode) {
    vec out[2];
    decode(kind, block, part, out);
    sum = v_fma(out[0], v_load(x + 32 * part), sum);
    return v_fma(out[1], v_load(x + 32 * part + 16), sum);
}

/// The products of one token with `count` rows that lie `distance` rows apart.
CK_INLINE void decoded_rows(
    const ck_linear *args, const ck_block_kind *kind, size_t first, size_t distance, int count,
    block_decoder decoder) {
    const char *row[CK_STREAMS];
    const float *x = args->packed;
    size_t length = 32 * decoder.parts, blocks = (args->inputs + length - 1) / length;
    size_t left = (args->inputs + CK_LINEAR_BLOCK - 1) / CK_LINEAR_BLOCK;
    vec sums[CK_STREAMS];
    CK_UNROLL for (int r = 0; r < count; r++) {
        row[r] = (const char *)args->weight + (first + (size_t)r * distance) * args->weight_stride;
        sums[r] = v_zero();
    }
    for (size_t b = 0; b < blocks; b++) {
        size_t parts = left < decoder.parts ? left : decoder.parts;
        CK_UNROLL for (int r = 0; r < count; r++) {
            // where streams are short, the memory's own prefetching starts too late
            for (size_t i = 0; i < decoder.byte_count; i += 64) v_prefetch(row[r] + CK_PACKED_AHEAD + i);
            if (decoder.parts == 8 && parts == 8) {
                CK_UNROLL for (size_t part = 0; part < 8; part++)
                    sums[r] = add_part(sums[r], kind, row[r], part, x, decoder.decode);
            } else {
                for (size_t part = 0; part < parts; part++)
                    sums[r] = add_part(sums[r], kind, row[r], part, x, decoder.decode);
            }
            row[r] += decoder.byte_count;
        }
        x += parts * CK_LINEAR_BLOCK;
        left -= parts;
    }
    CK_UNROLL for (int r = 0; r < count; r++)
        store_tile(args, &sums[r], (tile_place){first + (size_t)r * distance, 0}, (tile_kind){CK_FLOAT32, 1, 1});
}

/// The products of one token: each stream reads its quarter of the rows from end to end.
CK_INLINE void decoded_stream(
    const ck_linear *args, const ck_block_kind *kind, size_t begin, size_t end, block_decoder decoder) {
    size_t distance = (end - begin) / CK_STREAMS;
    for (size_t i = 0; i < distance; i++) decoded_rows(args, kind, begin + i, distance, CK_STREAMS, decoder);
    for (size_t n = begin + CK_STREAMS * distance; n < end; n++) decoded_rows(args, kind, n, 0, 1, decoder);
}

/// Each format: its name in `ck_block_format`, its decoder, the parts and the bytes of a block. One token multiplies the
/// values of streamed formats as they are decoded; those of rare ones are decoded row by row for one token too.
#define CK_STREAMED_FORMATS(FORMAT)                                                                             \
    FORMAT(CK_Q4_0, decode_q4_0, 1, 18)                                                                         \
    FORMAT(CK_Q4_1, decode_q4_1, 1, 20)                                                                         \
    FORMAT(CK_Q5_0, decode_q5_0, 1, 22)                                                                         \
    FORMAT(CK_Q5_1, decode_q5_1, 1, 24)                                                                         \
    FORMAT(CK_Q8_0, decode_q8_0, 1, 34)                                                                         \
    FORMAT(CK_Q2_K, decode_q2_k, 8, 84)                                                                         \
    FORMAT(CK_Q3_K, decode_q3_k, 8, 110)                                                                        \
    FORMAT(CK_Q4_K, decode_q4_k, 8, 144)                                                                        \
    FORMAT(CK_Q5_K, decode_q5_k, 8, 176)                                                                        \
    FORMAT(CK_Q6_K, decode_q6_k, 8, 210)                                                                        \
    FORMAT(CK_IQ4_NL, decode_iq4_nl, 1, 18)                                                                     \
    FORMAT(CK_IQ4_XS, decode_iq4_xs, 8, 136)                                                                    \
    FORMAT(CK_MXFP4, decode_mxfp4, 1, 17)                                                                       \
    FORMAT(CK_GROUPED4, decode_grouped4, kind->block_length / 32, kind->block_byte_count)                       \
    FORMAT(CK_GROUPED8, decode_grouped8, kind->block_length / 32, kind->block_byte_count)                       \
    FORMAT(CK_GROUPED_FP8, decode_grouped_fp8, kind->block_length / 32, kind->block_byte_count)
#define CK_RARE_FORMATS(FORMAT)                                                                                 \
    FORMAT(CK_NVFP4, decode_nvfp4, 2, 36)                                                                       \
    FORMAT(CK_TQ1_0, decode_tq1_0, 8, 54)                                                                       \
    FORMAT(CK_TQ2_0, decode_tq2_0, 8, 66)                                                                       \
    FORMAT(CK_IQ2_XXS, decode_iq2_xxs, 8, 66)                                                                   \
    FORMAT(CK_IQ2_XS, decode_iq2_xs, 8, 74)                                                                     \
    FORMAT(CK_IQ2_S, decode_iq2_s, 8, 82)                                                                       \
    FORMAT(CK_IQ3_XXS, decode_iq3_xxs, 8, 98)                                                                   \
    FORMAT(CK_IQ3_S, decode_iq3_s, 8, 110)                                                                      \
    FORMAT(CK_IQ1_S, decode_iq1_s, 8, 50)                                                                       \
    FORMAT(CK_IQ1_M, decode_iq1_m, 8, 56)

/// values[i] = the value of element i of `blocks` blocks.
#define CK_DECODE(format, function, parts, size)                                                                \
    CK_TARGET static void values_##format(                                                                      \
        const ck_block_kind *kind, float *values, const void *source, size_t blocks) {                          \
        decode_run(values, source, blocks, kind, (block_decoder){function, parts, size});                       \
    }
CK_STREAMED_FORMATS(CK_DECODE)
CK_RARE_FORMATS(CK_DECODE)

#define CK_STREAM(format, function, parts, size)                                                                \
    CK_TARGET static void stream_##format(                                                                      \
        const ck_linear *args, const ck_block_kind *kind, size_t begin, size_t end) {                           \
        decoded_stream(args, kind, begin, end, (block_decoder){function, parts, size});                         \
    }
CK_STREAMED_FORMATS(CK_STREAM)

#define CK_DECODE_CASE(format, function, parts, size) \
    case format: values_##format(kind, values, source, blocks); break;
static void decode_blocks(const ck_block_kind *kind, float *values, const void *source, size_t blocks) {
    switch (kind->format) {
        CK_STREAMED_FORMATS(CK_DECODE_CASE)
        CK_RARE_FORMATS(CK_DECODE_CASE)
    }
}

/// The products of one token; whether the format is streamed.
#define CK_STREAM_CASE(format, function, parts, size) \
    case format: stream_##format(args, kind, begin, end); return true;
static bool block_stream(const ck_linear *args, const ck_block_kind *kind, size_t begin, size_t end) {
    switch (kind->format) {
        CK_STREAMED_FORMATS(CK_STREAM_CASE)
    default: return false;
    }
}

CK_TARGET static void block_linear(
    const ck_linear *args, const ck_block_kind *kind, const ck_block_scratch *scratch, size_t begin, size_t end) {
    if (args->tokens == 1 && block_stream(args, kind, begin, end)) return;
    size_t blocks = (args->inputs + kind->block_length - 1) / kind->block_length, width = blocks * kind->block_length;
    for (size_t n = begin; n < end; n += scratch->rows) {
        size_t rows = end - n < scratch->rows ? end - n : scratch->rows;
        for (size_t r = 0; r < rows; r++) {
            const char *source = (const char *)args->weight + (n + r) * args->weight_stride;
            decode_blocks(kind, scratch->values + r * width, source, blocks);
        }
        ck_linear decoded = *args;
        decoded.weight = scratch->values;
        decoded.weight_stride = width * sizeof(float);
        decoded.format = CK_FLOAT32;
        decoded.output = args->output + n;
        if (args->bias) decoded.bias = (const char *)args->bias + n * element_size(args->bias_format);
        linear_float32(&decoded, 0, rows);
    }
}
