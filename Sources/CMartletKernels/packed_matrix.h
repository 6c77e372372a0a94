/// Products of several tokens with 32 rows at a time, by products of four bytes in vectors of sixteen rows.
///
/// Some blocks of four groups are unpacked to unsigned bytes that the first-level cache holds, and all tokens pass over
/// them. The sums are those of `packed_group`: exact products, added in the same order.

/// From how many tokens on rows are unpacked for all of them.
#define CK_MATRIX_TOKENS 4
/// Blocks that are unpacked at a time.
#define CK_MATRIX_BLOCKS 16

/// Unpacked blocks of a panel's 32 rows.
typedef struct {
    /// `[blocks][fours of inputs][rows][4]`
    _Alignas(64) uint8_t weights[CK_MATRIX_BLOCKS][8][128];
    /// `[blocks][halves][rows]`; the second of formats whose halves differ.
    _Alignas(64) float scales[CK_MATRIX_BLOCKS][2][32];
    /// `[blocks][rows]`
    _Alignas(64) float minima[CK_MATRIX_BLOCKS][32];
} matrix_panel;

/// What follows from a tile's inputs and the format, for every block and token.
typedef struct {
    /// What products of unsigned values start from, of the halves where they differ.
    _Alignas(64) int32_t starts[2][CK_MATRIX_BLOCKS * CK_PACKED_TOKENS];
} matrix_inputs;

/// Some blocks of a panel.
typedef struct {
    size_t group, first, last;
} matrix_segment;

/// Cache lines of four groups that a tile fetches for the next segment.
typedef struct {
    const char *p;
    size_t stride;
    /// The lines of each group, and how many with each block: many at once would wait for each other.
    size_t lines, step;
} matrix_fetch;

/// Where a block's run begins and where the block itself.
CKQ_INLINE const char *matrix_block(
    const ck_packed_linear *args, size_t group, size_t block, ck_packed_format format, const char **run) {
    size_t header = packed_header_size(format), size = packed_data_size(format);
    size_t index = block / args->scale_blocks, within = block % args->scale_blocks;
    *run = (const char *)args->weight + group * args->group_stride + index * (header + args->scale_blocks * size);
    return *run + header + within * size;
}

/// A plain format's values of four inputs, as unsigned bytes.
CKQ_INLINE __m256i unsigned_values(const char *block, ck_packed_format format, int four) {
    if (format == CK_INT8) {
        __m256i value = _mm256_loadu_si256((const __m256i *)block + four);
        return _mm256_xor_si256(value, _mm256_set1_epi8((char)0x80));
    }
    // four-bit values lie alike in all formats
    __m256i value = block_values(block, format == CK_INT4 ? CK_AFFINE4 : format, four);
    return format == CK_AFFINE8 ? _mm256_xor_si256(value, _mm256_set1_epi8((char)0x80)) : value;
}

CKQ_INLINE void unpack_panel(
    const ck_packed_linear *args, matrix_panel *to, matrix_segment segment, ck_packed_format format) {
    for (size_t g = 0; g < CK_PACKED_PANEL; g++) {
        for (size_t b = segment.first; b < segment.last; b++) {
            const char *run, *block = matrix_block(args, segment.group + g, b, format, &run);
            size_t i = b - segment.first;
            block_scales scales = read_scales(read_header(run, format), block, format);
            _mm256_store_ps(to->scales[i][0] + 8 * g, scales.scale[0]);
            if (format == CK_K6) _mm256_store_ps(to->scales[i][1] + 8 * g, scales.scale[1]);
            if (packed_has_minimum(format)) _mm256_store_ps(to->minima[i] + 8 * g, scales.minimum);
            CKQ_UNROLL for (int j = 0; j < 8; j++)
                _mm256_store_si256((__m256i *)(to->weights[i][j] + 32 * g), unsigned_values(block, format, j));
        }
    }
}

CKQ_INLINE void prepare_inputs(
    matrix_inputs *to, const ck_inputs_block *inputs, size_t count, ck_packed_format format) {
    // offsets are eight times the sums
    int32_t factor =
        format == CK_INT4 ? 1 : format == CK_INT6 ? 4 : format == CK_INT8 || format == CK_AFFINE8 ? 16 : 0;
    for (size_t i = 0; i < count; i++) {
        if (format == CK_K6) {
            to->starts[0][i] = -32 * inputs->halves[i];
            to->starts[1][i] = 32 * inputs->halves[i] - 4 * inputs->offsets[i];
        } else {
            to->starts[0][i] = -factor * inputs->offsets[i];
        }
    }
}

CKQ_INLINE __m512 add_scaled_rows(__m512 sum, __m512i dot, const float *scales, float input_scale) {
    __m512 scale = _mm512_mul_ps(_mm512_load_ps(scales), _mm512_set1_ps(input_scale));
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), scale, sum);
}

/// Adds a block's products with some tokens, `[tokens][sixteens of rows]`.
CKQ_INLINE void add_panel_block(
    __m512 *sums, const matrix_panel *panel, size_t b, const ck_inputs_block *inputs, const matrix_inputs *prepared,
    ck_packed_format format, int tokens) {
    __m512i dots[2 * CK_PACKED_TOKENS];
    size_t place = b * (size_t)tokens;
    const int8_t *values = inputs->values + place * 32;
    const float *scales = inputs->scales + place;
    int halves = format == CK_K6 ? 2 : 1, fours = 8 / halves;
    CKQ_UNROLL for (int half = 0; half < halves; half++) {
        CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++)
            dots[i] = _mm512_set1_epi32(prepared->starts[half][place + (size_t)(i / 2)]);
        CKQ_UNROLL for (int j = half * fours; j < (half + 1) * fours; j++) {
            const uint8_t *w = panel->weights[b][j];
            __m512i first = _mm512_load_si512(w), second = _mm512_load_si512(w + 64);
            CKQ_UNROLL for (int t = 0; t < tokens; t++) {
                int32_t four;
                memcpy(&four, values + 32 * t + 4 * j, sizeof four);
                __m512i x = _mm512_set1_epi32(four);
                dots[2 * t] = _mm512_dpbusd_epi32(dots[2 * t], first, x);
                dots[2 * t + 1] = _mm512_dpbusd_epi32(dots[2 * t + 1], second, x);
            }
        }
        CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++)
            sums[i] = add_scaled_rows(sums[i], dots[i], panel->scales[b][half] + i % 2 * 16, scales[i / 2]);
    }
    if (!packed_has_minimum(format)) return;
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++) {
        __m512 total = _mm512_set1_ps(inputs->totals[place + (size_t)(i / 2)]);
        sums[i] = _mm512_fnmadd_ps(_mm512_load_ps(panel->minima[b] + i % 2 * 16), total, sums[i]);
    }
}

/// Fetches the lines that belong to a block into the second-level cache: the first is full of what tiles read again.
CKQ_INLINE void fetch_lines(matrix_fetch fetch, size_t block) {
    size_t end = (block + 1) * fetch.step < fetch.lines ? (block + 1) * fetch.step : fetch.lines;
    for (size_t line = block * fetch.step; line < end; line++) {
        CKQ_UNROLL for (size_t g = 0; g < CK_PACKED_PANEL; g++)
            _mm_prefetch(fetch.p + g * fetch.stride + line * 64, _MM_HINT_T1);
    }
}

/// The products of a segment with a tile of tokens; the sums of the segments before stand in the output.
CKQ_INLINE void panel_tile(
    const ck_packed_linear *args, const matrix_panel *panel, matrix_segment segment, size_t token,
    matrix_fetch fetch, ck_packed_format format, int tokens) {
    ck_inputs_block inputs = inputs_at(args, token * args->blocks + segment.first * (size_t)tokens);
    size_t count = segment.last - segment.first;
    matrix_inputs prepared;
    prepare_inputs(&prepared, &inputs, count * (size_t)tokens, format);
    __m512 sums[2 * CK_PACKED_TOKENS];
    float *output = args->output + token * args->output_stride + segment.group * 8;
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++) {
        const float *before = output + (size_t)(i / 2) * args->output_stride + i % 2 * 16;
        sums[i] = segment.first == 0 ? _mm512_setzero_ps() : _mm512_loadu_ps(before);
    }
#pragma clang loop unroll(disable)
    for (size_t b = 0; b < count; b++) {
        fetch_lines(fetch, b);
        add_panel_block(sums, panel, b, &inputs, &prepared, format, tokens);
    }
    bool done = segment.last == args->blocks;
    CKQ_UNROLL for (int i = 0; i < 2 * tokens; i++) {
        float *to = output + (size_t)(i / 2) * args->output_stride + i % 2 * 16;
        if (!done) {
            _mm512_storeu_ps(to, sums[i]);
            continue;
        }
        __m512 result = _mm512_mul_ps(sums[i], _mm512_set1_ps(args->factor));
        if (args->bias)
            result = _mm512_add_ps(result, _mm512_loadu_ps(args->bias + segment.group * 8 + i % 2 * 16));
        _mm512_storeu_ps(to, result);
    }
}

/// The products of all tokens with whole panels.
CKQ_INLINE void packed_matrix(const ck_packed_linear *args, size_t begin, size_t end, ck_packed_format format) {
    matrix_panel panel;
    size_t tiles = (args->tokens + CK_PACKED_TOKENS - 1) / CK_PACKED_TOKENS, blocks = args->blocks;
    for (size_t group = begin; group < end; group += CK_PACKED_PANEL) {
        for (size_t first = 0; first < blocks; first += CK_MATRIX_BLOCKS) {
            size_t last = blocks - first < CK_MATRIX_BLOCKS ? blocks : first + CK_MATRIX_BLOCKS;
            matrix_segment segment = {group, first, last};
            unpack_panel(args, &panel, segment, format);
            const char *run, *ahead = last < blocks ? matrix_block(args, group, last, format, &run)
                                                    : matrix_block(args, group + CK_PACKED_PANEL, 0, format, &run);
            size_t count = last - first;
            size_t size = packed_data_size(format) + packed_header_size(format) / args->scale_blocks;
            size_t lines = (count * size + 63) / 64;
            for (size_t token = 0, tile = 0; token < args->tokens; token += CK_PACKED_TOKENS, tile++) {
                size_t from = lines * tile / tiles, share = lines * (tile + 1) / tiles - from;
                matrix_fetch fetch = {ahead + from * 64, args->group_stride, share, (share + count - 1) / count};
                switch (args->tokens - token) {
                case 1: panel_tile(args, &panel, segment, token, fetch, format, 1); break;
                case 2: panel_tile(args, &panel, segment, token, fetch, format, 2); break;
                case 3: panel_tile(args, &panel, segment, token, fetch, format, 3); break;
                default: panel_tile(args, &panel, segment, token, fetch, format, 4); break;
                }
            }
        }
    }
}
