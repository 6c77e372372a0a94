/// The matrix product with quantized weights, over the blocks of the instruction set included before.
///
/// Products of a block are exact integers; blocks add up in ascending order with fused multiply-add, whatever the tiles.

#include CK_SCALED_BLOCKS_HEADER

/// The sum of a block's first sixteen inputs.
CKQ_INLINE int32_t half_sum(const int8_t *values) {
    int32_t sum = 0;
    for (int i = 0; i < 16; i++) sum += values[i];
    return sum;
}

CKQ_TARGET static void quantize_inputs(
    const ck_packed_linear *shape, const ck_quantized_inputs *to, const float *x, size_t stride, size_t first,
    size_t last) {
    size_t blocks = shape->blocks, most = CK_PACKED_TOKENS;
    for (size_t t = first; t < last; t++) {
        size_t tile = t / most * most;
        size_t width = shape->tokens - tile < most ? shape->tokens - tile : most;
        size_t place = tile * blocks + (t - tile);
        const float *from = x + t * stride;
        for (size_t b = 0; b < blocks; b++, place += width) {
            float padded[32];
            const float *source = from + b * 32;
            size_t left = b * 32 < shape->inputs ? shape->inputs - b * 32 : 0;
            if (left < 32) {
                memset(padded, 0, sizeof padded);
                memcpy(padded, from + shape->inputs - left, left * sizeof(float));
                source = padded;
            }
            int32_t sum = quantize_block(to->values + place * 32, to->scales + place, source);
            to->offsets[place] = sum * 8;
            to->totals[place] = to->scales[place] * (float)sum;
            if (to->halves) to->halves[place] = half_sum(to->values + place * 32);
        }
    }
}

/// The inputs from a place on.
CKQ_INLINE ck_inputs_block inputs_at(const ck_packed_linear *args, size_t place) {
    const int32_t *halves = args->halves ? args->halves + place : NULL;
    const float *scales = args->scales + place, *totals = args->totals + place;
    return (ck_inputs_block){args->values + place * 32, scales, args->offsets + place, totals, halves};
}

/// Goes on to the next block of a tile of so many tokens.
CKQ_INLINE void next_inputs(ck_inputs_block *inputs, size_t width, ck_packed_format format) {
    inputs->values += 32 * width;
    inputs->scales += width;
    inputs->offsets += width;
    inputs->totals += width;
    if (format == CK_K6) inputs->halves += width;
}

/// Adds a block of any format to the sums of tokens.
CKQ_INLINE void add_any_block(
    rows8 *sums, run_header header, const char *p, const ck_inputs_block *inputs, ck_packed_format format,
    int tokens) {
    if (packed_is_plain(format)) {
        add_block(sums, p, header.scale, inputs, format, tokens);
    } else {
        add_scaled_block(sums, header, p, inputs, format, tokens);
    }
}

/// Fetches a block that is used some blocks later.
CKQ_INLINE void fetch_ahead(const char *p, size_t byte_count) {
    CKQ_UNROLL for (size_t i = 0; i < byte_count; i += 64) ckq_prefetch(p + CK_PACKED_AHEAD + i);
}

/// Writes the products of eight rows, or of fewer at the end, with a token.
CKQ_INLINE void store_rows(const ck_packed_linear *args, rows8 sum, size_t group, size_t token) {
    size_t row = group * 8, rows = args->outputs - row;
    float *output = args->output + token * args->output_stride + row;
    rows8 result = rows8_scaled(sum, args->factor);
    if (rows >= 8) {
        rows8_store(output, args->bias ? rows8_add(result, args->bias + row) : result);
        return;
    }
    float values[8];
    rows8_store(values, result);
    for (size_t r = 0; r < rows; r++) output[r] = args->bias ? values[r] + args->bias[row + r] : values[r];
}

/// Some tokens of a tile.
typedef struct {
    /// The tile's first token, and how many it has.
    size_t first;
    int width;
    /// The tokens before those that are meant, and their number; known when the kernel is compiled.
    int skipped, count;
} tile_part;

/// The products of eight rows with some tokens of a tile.
CKQ_INLINE void packed_group(
    const ck_packed_linear *args, size_t group, tile_part tile, ck_packed_format format, bool fetches) {
    size_t data_size = packed_data_size(format), scaled = args->scale_blocks;
    const char *p = (const char *)args->weight + group * args->group_stride;
    size_t place = tile.first * args->blocks + (size_t)tile.skipped;
    int tokens = tile.count;
    ck_inputs_block inputs = inputs_at(args, place);
    rows8 sums[CK_PACKED_TOKENS];
    CKQ_UNROLL for (int t = 0; t < tokens; t++) sums[t] = rows8_zero();
    for (size_t run = 0; run < args->blocks; run += scaled) {
        run_header header = read_header(p, format);
        p += packed_header_size(format);
#pragma clang loop unroll(disable)
        for (size_t b = 0; b < scaled; b++, p += data_size) {
            if (fetches) fetch_ahead(p, data_size);
            add_any_block(sums, header, p, &inputs, format, tokens);
            next_inputs(&inputs, (size_t)tile.width, format);
        }
    }
    for (int t = 0; t < tokens; t++) store_rows(args, sums[t], group, tile.first + (size_t)(tile.skipped + t));
}

CKQ_INLINE void packed_tile(
    const ck_packed_linear *args, size_t group, size_t token, ck_packed_format format, bool fetches) {
    size_t left = args->tokens - token;
    if (left >= 4 && format == CK_INT4) {
        // the sums of four tokens and the weights would exceed sixteen registers
        packed_group(args, group, (tile_part){token, 4, 0, 2}, format, fetches);
        packed_group(args, group, (tile_part){token, 4, 2, 2}, format, false);
    } else if (left >= 4) {
        packed_group(args, group, (tile_part){token, 4, 0, 4}, format, fetches);
    } else if (left == 3) {
        packed_group(args, group, (tile_part){token, 3, 0, 3}, format, fetches);
    } else if (left == 2) {
        packed_group(args, group, (tile_part){token, 2, 0, 2}, format, fetches);
    } else {
        packed_group(args, group, (tile_part){token, 1, 0, 1}, format, fetches);
    }
}

/// The products of one token with `count` groups that lie `distance` groups apart.
CKQ_INLINE void packed_rows(
    const ck_packed_linear *args, size_t first, size_t distance, int count, ck_packed_format format) {
    size_t data_size = packed_data_size(format);
    const char *p[CK_PACKED_STREAMS];
    rows8 sums[CK_PACKED_STREAMS];
    run_header headers[CK_PACKED_STREAMS];
    CKQ_UNROLL for (int i = 0; i < count; i++) {
        p[i] = (const char *)args->weight + (first + (size_t)i * distance) * args->group_stride;
        sums[i] = rows8_zero();
    }
    ck_inputs_block inputs = inputs_at(args, 0);
    for (size_t run = 0; run < args->blocks; run += args->scale_blocks) {
        CKQ_UNROLL for (int i = 0; i < count; i++) {
            headers[i] = read_header(p[i], format);
            p[i] += packed_header_size(format);
        }
#pragma clang loop unroll(disable)
        for (size_t b = 0; b < args->scale_blocks; b++) {
            CKQ_UNROLL for (int i = 0; i < count; i++) {
                fetch_ahead(p[i], data_size);
                add_any_block(&sums[i], headers[i], p[i], &inputs, format, 1);
                p[i] += data_size;
            }
            next_inputs(&inputs, 1, format);
        }
    }
    CKQ_UNROLL for (int i = 0; i < count; i++) store_rows(args, sums[i], first + (size_t)i * distance, 0);
}

/// The products of one token: each stream reads its half of the groups from end to end.
CKQ_INLINE void packed_stream(const ck_packed_linear *args, size_t begin, size_t end, ck_packed_format format) {
    size_t distance = (end - begin) / CK_PACKED_STREAMS;
    for (size_t i = 0; i < distance; i++) packed_rows(args, begin + i, distance, CK_PACKED_STREAMS, format);
    for (size_t n = begin + CK_PACKED_STREAMS * distance; n < end; n++) packed_rows(args, n, 0, 1, format);
}

#ifdef CK_UNPACKED_HEADER
#include "packed_wide.h"
#endif

#ifdef CK_VNNI
#include "packed_matrix.h"
#endif

/// Computes what whole panels of rows can share, and returns the first group that is left.
CKQ_INLINE size_t packed_panels(const ck_packed_linear *args, size_t begin, size_t end, ck_packed_format format) {
    // a group with fewer rows than eight is left
    size_t whole = end * 8 > args->outputs ? args->outputs / 8 : end;
    if (whole < begin) return begin;
#if defined CK_VNNI
    if (args->tokens < CK_MATRIX_TOKENS) return begin;
    size_t paneled = begin + (whole - begin) / CK_PACKED_PANEL * CK_PACKED_PANEL;
    packed_matrix(args, begin, paneled, format);
    return paneled;
#elif defined CK_UNPACKED_HEADER
    if ((format != CK_INT4 && format != CK_INT6) || args->tokens < CK_WIDE_TOKENS) return begin;
    size_t paired = begin + (whole - begin) / 2 * 2;
    packed_wide(args, begin, paired, format);
    return paired;
#else
    (void)format;
    return begin;
#endif
}

/// The groups stay in the second-level cache while the tiles of tokens pass; the first tile fetches ahead of itself.
CKQ_INLINE void packed_format(const ck_packed_linear *args, size_t begin, size_t end, ck_packed_format format) {
    if (args->tokens == 1) return packed_stream(args, begin, end, format);
    begin = packed_panels(args, begin, end, format);
    for (size_t group = begin; group < end; group++) packed_tile(args, group, 0, format, true);
    for (size_t token = CK_PACKED_TOKENS; token < args->tokens; token += CK_PACKED_TOKENS)
        for (size_t group = begin; group < end; group++) packed_tile(args, group, token, format, false);
}

#define CK_PACKED_FORMATS(FORMAT) \
    FORMAT(CK_INT8) FORMAT(CK_INT4) FORMAT(CK_INT6) FORMAT(CK_K4) FORMAT(CK_K5) FORMAT(CK_K6) FORMAT(CK_AFFINE4)  \
    FORMAT(CK_AFFINE8)

#define CK_PACKED_FUNCTION(format)                                                                       \
    CKQ_TARGET static void packed_##format(const ck_packed_linear *args, size_t begin, size_t end) {     \
        packed_format(args, begin, end, format);                                                         \
    }
CK_PACKED_FORMATS(CK_PACKED_FUNCTION)

#define CK_PACKED_CASE(format) \
    case format: packed_##format(args, begin, end); break;
static void packed_linear(const ck_packed_linear *args, size_t begin, size_t end) {
    switch (args->format) { CK_PACKED_FORMATS(CK_PACKED_CASE) }
}
