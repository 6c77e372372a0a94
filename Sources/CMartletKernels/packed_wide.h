/// Four-bit and six-bit weights with many tokens: two groups of rows are unpacked to bytes once, for all tokens.
///
/// A tile of four tokens then needs neither masks nor shifts, and reads an input once for sixteen rows. The sums are those
/// of `packed_group`: exact products of a block, added in ascending order.

#include CK_UNPACKED_HEADER

/// From how many tokens on weights are unpacked for all of them.
#define CK_WIDE_TOKENS 8
/// Blocks that are unpacked at a time: 64 KB of bytes, which the second-level cache holds.
#define CK_WIDE_BLOCKS 128

/// Unpacked weights of two groups.
typedef struct {
    /// `[blocks][fours of inputs][groups][rows][4]`
    _Alignas(64) uint8_t weights[CK_WIDE_BLOCKS][512];
    /// `[blocks][groups][rows]`
    _Alignas(64) float scales[CK_WIDE_BLOCKS][2][8];
} wide_weights;

/// Some blocks of two neighbouring groups.
typedef struct {
    size_t group, first, last;
} wide_segment;

/// Cache lines of two groups that a tile fetches for later.
typedef struct {
    const char *p;
    size_t distance;
    size_t next, last;
} wide_fetch;

/// Where the weights of a block begin: of a first block of a run its scales.
CKQ_INLINE const char *packed_block(
    const ck_packed_linear *args, size_t group, size_t block, ck_packed_format format) {
    size_t run = block / args->scale_blocks, within = block % args->scale_blocks;
    size_t data_size = packed_data_size(format), run_size = 16 + args->scale_blocks * data_size;
    const char *p = (const char *)args->weight + group * args->group_stride + run * run_size;
    return within == 0 ? p : p + 16 + within * data_size;
}

CKQ_INLINE void unpack_segment(
    const ck_packed_linear *args, wide_weights *to, wide_segment segment, ck_packed_format format) {
    for (size_t g = 0; g < 2; g++) {
        const char *p = packed_block(args, segment.group + g, segment.first, format);
        for (size_t b = segment.first; b < segment.last;) {
            rows8 scales = rows8_scales(p);
            p += 16;
            for (size_t end = b + args->scale_blocks; b < end; b++, p += packed_data_size(format)) {
                rows8_store(to->scales[b - segment.first][g], scales);
                unpack_block(to->weights[b - segment.first] + g * 32, p, format);
            }
        }
    }
}

/// The products of a segment with a tile of tokens; the sums of the segments before stand in the output.
CKQ_INLINE void wide_tile(
    const ck_packed_linear *args, const wide_weights *from, wide_segment segment, size_t token, wide_fetch fetch,
    ck_packed_format format, int tokens) {
    size_t place = token * args->blocks + segment.first * (size_t)tokens;
    ck_inputs_block inputs = inputs_at(args, place);
    rows8 sums[2 * CK_PACKED_TOKENS];
    float *output = args->output + token * args->output_stride + segment.group * 8;
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++) {
        const float *before = output + (size_t)(i / 2) * args->output_stride + i % 2 * 8;
        sums[i] = segment.first == 0 ? rows8_zero() : rows8_load(before);
    }
#pragma clang loop unroll(disable)
    for (size_t b = 0; b < segment.last - segment.first; b++) {
        for (int i = 0; i < 2 && fetch.next < fetch.last; i++, fetch.next++) {
            ckq_prefetch(fetch.p + fetch.next * 64);
            ckq_prefetch(fetch.p + fetch.distance + fetch.next * 64);
        }
        add_unpacked(sums, from->weights[b], from->scales[b], &inputs, format, tokens);
        inputs.values += 32 * tokens;
        inputs.scales += tokens;
        inputs.offsets += tokens;
    }
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++) {
        size_t group = segment.group + (size_t)(i % 2), t = (size_t)(i / 2);
        if (segment.last == args->blocks) {
            store_rows(args, sums[i], group, token + t);
        } else {
            rows8_store(output + t * args->output_stride + i % 2 * 8, sums[i]);
        }
    }
}

/// The products of all tokens with an even number of whole groups.
CKQ_INLINE void packed_wide(const ck_packed_linear *args, size_t begin, size_t end, ck_packed_format format) {
    wide_weights weights;
    for (size_t group = begin; group < end; group += 2) {
        for (size_t first = 0; first < args->blocks; first += CK_WIDE_BLOCKS) {
            size_t last = args->blocks - first < CK_WIDE_BLOCKS ? args->blocks : first + CK_WIDE_BLOCKS;
            wide_segment segment = {group, first, last};
            unpack_segment(args, &weights, segment, format);
            // what comes next is fetched during all tiles: the first alone would wait for the memory
            const char *ahead = last < args->blocks ? packed_block(args, group, last, format)
                                                    : packed_block(args, group + 2, 0, format);
            size_t lines = (last - first) * (packed_data_size(format) + 16) / 64;
            size_t tiles = (args->tokens + CK_PACKED_TOKENS - 1) / CK_PACKED_TOKENS;
            for (size_t token = 0, tile = 0; token < args->tokens; token += CK_PACKED_TOKENS, tile++) {
                wide_fetch fetch = {ahead, args->group_stride, lines * tile / tiles, lines * (tile + 1) / tiles};
                switch (args->tokens - token) {
                case 1: wide_tile(args, &weights, segment, token, fetch, format, 1); break;
                case 2: wide_tile(args, &weights, segment, token, fetch, format, 2); break;
                case 3: wide_tile(args, &weights, segment, token, fetch, format, 3); break;
                default: wide_tile(args, &weights, segment, token, fetch, format, 4); break;
                }
            }
        }
    }
}
