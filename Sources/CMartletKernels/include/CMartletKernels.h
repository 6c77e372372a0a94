/// Kernels of the CPU backend: pointers and sizes in, numbers out; no allocation, no threads, no state.
///
/// Every kernel is written once, over vectors of sixteen floats (`simd_*.h`), and compiled for each instruction set. An
/// operation's order of additions is part of its definition here: all instruction sets, the scalar one included, give
/// the same bits. No order depends on the number of rows, on tiles or on threads.
///
/// The sum of a vector's lanes is always the tree (i, i+8), (i, i+4), (i, i+2), (i, i+1).

#ifndef MARTLET_KERNELS_H
#define MARTLET_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The element type of stored weights. Addresses need no alignment.
typedef enum {
    CK_FLOAT32 = 0, CK_BFLOAT16 = 1, CK_FLOAT16 = 2,
    /// bfloat16 whose products round their inputs to bfloat16; for `linear` only.
    CK_BFLOAT16_DOT = 3
} ck_format;

/// The element type of a cache's keys and values. int8 has a float32 scale for each token and head.
typedef enum { CK_KV_FLOAT32 = 0, CK_KV_BFLOAT16 = 1, CK_KV_FLOAT16 = 2, CK_KV_INT8 = 3 } ck_kv_format;

/// The instruction sets that kernels are written for.
typedef enum {
    CK_SCALAR = 0, CK_AVX2 = 1, CK_AVX512 = 2, CK_NEON = 3, CK_AVX512_VNNI = 4, CK_NEON_DOTPROD = 5, CK_AVX512_BF16 = 6
} ck_isa;

/// The tokens of one partition of attention, by absolute position: 0..<128, 128..<256, …
#define CK_ATTENTION_PARTITION 128
/// The greatest number of query rows (tokens × heads of one group) of one call of `attention_partition`.
#define CK_ATTENTION_ROWS 48
/// The inputs are padded to a multiple of this many elements when they are packed.
#define CK_LINEAR_BLOCK 32

/// The streams in which one token's product reads weights.
#define CK_STREAMS 4

/// One matrix product of packed activations with rows of a weight.
typedef struct {
    /// `[outputs, inputs]`, row-major in `format`.
    const void *weight;
    /// The distance of the weight's rows in bytes.
    size_t weight_stride;
    ck_format format;
    /// What `linear_pack` wrote; or the inputs themselves, whose rows are whole blocks, in float32 and float16.
    const float *packed;
    /// The distance of tokens in floats where the inputs are not packed; 0 where they are.
    size_t input_stride;
    /// `[outputs]`, in `bias_format`, or null.
    const void *bias;
    ck_format bias_format;
    /// `[tokens, outputs]` at a distance of `output_stride` floats.
    float *output;
    size_t output_stride;
    size_t inputs;
    size_t tokens;
} ck_linear;

/// How weights in blocks are stored: ggml's formats, and groups of this project.
///
/// A group is a scale, a zero point of sixteen bits (signed; not in front of FP8), and the elements: nibbles of which the
/// first sixteen of thirty-two stand in the low halves of sixteen bytes, signed bytes, or FP8 (e4m3).
typedef enum {
    CK_Q4_0, CK_Q4_1, CK_Q5_0, CK_Q5_1, CK_Q8_0, CK_Q2_K, CK_Q3_K, CK_Q4_K, CK_Q5_K, CK_Q6_K, CK_IQ4_NL, CK_IQ4_XS,
    CK_MXFP4, CK_NVFP4, CK_TQ1_0, CK_TQ2_0, CK_IQ2_XXS, CK_IQ2_XS, CK_IQ2_S, CK_IQ3_XXS, CK_IQ3_S, CK_IQ1_S, CK_IQ1_M,
    CK_GROUPED4, CK_GROUPED8, CK_GROUPED_FP8
} ck_block_format;

/// What the blocks of a matrix are.
typedef struct {
    ck_block_format format;
    /// The format of a group's scale.
    ck_format scale_format;
    /// The elements of a block, a multiple of 32.
    size_t block_length;
    size_t block_byte_count;
} ck_block_kind;

/// Memory for decoded rows of weights.
typedef struct {
    /// `[rows, inputs rounded up to whole blocks]`
    float *values;
    /// A multiple of four.
    size_t rows;
} ck_block_scratch;

/// How quantized weights are stored.
///
/// Eight rows stand side by side. A run of inputs is a header and then its blocks of 32 inputs: the inputs in fours, of
/// each four the eight rows' values next to each other; of four-bit values, the first sixteen inputs in the low halves
/// of the bytes, the last sixteen in the high ones.
///
/// INT8, INT6, INT4: the header is eight float16 scales, one for each row; four-bit values are stored plus 8. Six-bit
/// values are stored plus 32: behind the nibbles stand 32 bytes twice with two high bits for each of four fours.
/// AFFINE4, AFFINE8: eight float32 scales and eight minima; values are taken from 0…15 or −128…127.
/// K4, K5: runs of eight blocks; eight float16 scales and eight for minima. In front of a block's values stand a byte
/// of each row for the scale and one for the minimum, which multiply the run's. The fifth bits of K5 follow the nibbles:
/// bit i of a byte belongs to the inputs' i-th four.
/// K6: as K5 with two signed bytes of each row, for the scales of the first and of the last sixteen inputs, no minima,
/// and the values of INT6.
typedef enum {
    CK_INT8 = 0, CK_INT4 = 1, CK_K4 = 2, CK_K5 = 3, CK_K6 = 4, CK_AFFINE4 = 5, CK_AFFINE8 = 6,
    CK_INT6 = 7
} ck_packed_format;

/// The most tokens of a tile of quantized inputs; all tiles but the last have them.
#define CK_PACKED_TOKENS 4
/// The most inputs that share a scale.
#define CK_MAXIMUM_SCALED 128
/// The streams in which one token's product reads quantized weights.
#define CK_PACKED_STREAMS 2
/// The groups of rows that products of several tokens share an unpacked copy of, where there is one.
#define CK_PACKED_PANEL 4
/// How far ahead of their use quantized weights are fetched, in bytes.
#define CK_PACKED_AHEAD 2048

/// One matrix product of quantized inputs with quantized weights.
typedef struct {
    /// `[⌈outputs / 8⌉]` groups of rows at a distance of `group_stride` bytes.
    const void *weight;
    size_t group_stride;
    ck_packed_format format;
    /// The number of blocks of 32 inputs that share a scale.
    size_t scale_blocks;
    /// What `quantize_inputs` wrote.
    const int8_t *values;
    const float *scales;
    const int32_t *offsets;
    const float *totals;
    /// Null where no weight is in K6.
    const int32_t *halves;
    /// What the stored scales are multiplied with; a power of two.
    float factor;
    /// `[outputs]`, or null.
    const float *bias;
    /// `[tokens, outputs]` at a distance of `output_stride` floats.
    float *output;
    size_t output_stride;
    size_t outputs;
    size_t inputs;
    /// Blocks of 32 inputs, a multiple of `scale_blocks`.
    size_t blocks;
    size_t tokens;
} ck_packed_linear;

/// The inputs of one block for a tile of tokens.
typedef struct {
    /// `[tokens, 32]`
    const int8_t *values;
    /// `[tokens]`
    const float *scales;
    /// `[tokens]`: eight times the sum of the values.
    const int32_t *offsets;
    /// `[tokens]`: scale · sum of the values.
    const float *totals;
    /// `[tokens]`: the sum of the first sixteen values; null where no weight is in K6.
    const int32_t *halves;
} ck_inputs_block;

/// Where quantized inputs are written.
typedef struct {
    int8_t *values;
    float *scales;
    int32_t *offsets;
    float *totals;
    /// Null for nowhere.
    int32_t *halves;
} ck_quantized_inputs;

/// A matrix in blocks to be packed.
typedef struct {
    /// `[outputs]` rows of blocks at a distance of `source_stride` bytes.
    const void *source;
    size_t source_stride;
    ck_block_kind kind;
    size_t outputs;
    /// As in `ck_packed_linear`.
    void *packed;
    size_t group_stride;
    ck_packed_format format;
    size_t scale_blocks;
    size_t blocks;
} ck_repacking;

/// A plain matrix to be quantized.
typedef struct {
    /// `[outputs, inputs]`, rows at a distance of `source_stride` bytes.
    const void *source;
    size_t source_stride;
    ck_format source_format;
    size_t outputs;
    size_t inputs;
    /// As in `ck_packed_linear`.
    void *packed;
    size_t group_stride;
    ck_packed_format format;
    size_t scale_blocks;
    size_t blocks;
    /// 1 / factor.
    float inverse_factor;
} ck_packing;

/// One layer of a paged cache and one group of query heads that share its keys and values.
///
/// Keys of a block are `[kvHeads][⌈blockSize/16⌉][headDimension][16]`: sixteen tokens side by side, so that a score
/// needs no sum over lanes. Values are `[kvHeads][blockSize][headDimension]`. In int8, the scales of sixteen keys follow
/// their elements, the scales of a block's values those of a head.
typedef struct {
    void *keys;
    void *values;
    ck_kv_format format;
    size_t block_size;
    size_t kv_heads;
    size_t head_dimension;
    /// The blocks of the sequence, in order.
    const int32_t *block_table;
    /// The key/value head.
    size_t kv_head;
    /// Tokens that a query sees, itself included; 0 for all.
    size_t window;
    float scale;
    /// Bounds scores to −cap…cap by cap · tanh(score / cap); 0 for none.
    float soft_cap;
    /// `[group]`: what a score of the group's heads grows by with each position of the key; null for none.
    const float *slopes;
    /// What the scores of the group's first head are raised by for the distance 0 of the key from the query: neighbouring
    /// distances side by side, heads at a distance of `bias_stride` floats; null for none.
    const float *bias;
    size_t bias_stride;
    /// The tokens of a sequence whose queries see those behind them too; 0 where a query sees itself and what is before.
    /// A window then reaches as far ahead as back.
    size_t context;
} ck_attention;

/// The query rows of one call: rows `first..<first + rows` of the list of a sequence's tokens × the group's heads.
typedef struct {
    /// The first token's query of the group's first head; heads follow each other.
    const float *queries;
    /// The distance of the tokens' queries in floats.
    size_t stride;
    /// The query heads that share a key/value head.
    size_t group;
    size_t first;
    /// At most `CK_ATTENTION_ROWS`.
    size_t rows;
    /// The position of the first token in its sequence.
    size_t position;
} ck_attention_rows;

/// Attention of some rows over one partition, unnormalized.
typedef struct {
    /// `[rows, headDimension rounded up to a multiple of 16]`: Σ weights · values.
    float *partial;
    /// `[rows]`: the greatest score; −∞ for a row that sees nothing, whose other results are not written.
    float *maxima;
    /// `[rows]`: Σ weights.
    float *sums;
} ck_attention_result;

/// The outputs of some rows and how far they are.
typedef struct {
    /// The first token's output of the group's first head; heads follow each other.
    float *output;
    /// The distance of the tokens' outputs in floats.
    size_t stride;
    /// `[rows]`: the greatest score and the sum of weights so far.
    float *maxima;
    float *sums;
    /// `[group]`: the score of a key without value that each query sees; null for none.
    const float *sinks;
} ck_attention_output;

/// A normalization by the root of the mean of squares.
typedef struct {
    /// `[width]` in `format`.
    const void *weight;
    ck_format format;
    size_t width;
    float epsilon;
} ck_norm;

/// A normalization by mean and variance.
typedef struct {
    /// `[period × width]`, or null for ones.
    const float *weight;
    /// `[period × width]`, or null for zeros.
    const float *bias;
    size_t width;
    /// After how many groups weights and biases repeat.
    size_t period;
    float epsilon;
} ck_layer_norm;

/// The functions of one number between two layers.
typedef enum { CK_SILU, CK_GELU, CK_GELU_TANH, CK_QUICK_GELU, CK_RELU, CK_RELU_SQUARED } ck_activation;

/// The elements of one block of a scan: 0..<128, 128..<256, …
#define CK_SCAN_BLOCK 128

/// A row of logits for passes over its blocks.
typedef struct {
    const float *x;
    size_t count;
    /// What differences to the maximum are multiplied with: the inverse temperature.
    float factor;
    /// The row's greatest element, where it has been found.
    float maximum;
} ck_scan;

/// Keeps the elements above a value, and those equal to it up to an index.
typedef struct {
    float value;
    size_t index;
} ck_cut;

/// The kernels of one instruction set.
typedef struct {
    const char *name;
    ck_isa isa;

    /// Arranges activations for `linear`: tokens `first..<last` of `tokens`, the inputs padded with zeros.
    ///
    /// packed: `linear_packed_count(inputs, tokens)` floats. x: `[tokens, inputs]` at a distance of `stride` floats.
    /// `first` is a multiple of `linear_tile`, `last` too or `tokens`. `shape` gives format, inputs and tokens.
    void (*linear_pack)(
        const ck_linear *shape, float *packed, const float *x, size_t stride, size_t first, size_t last);

    /// output[t][n] = Σ_k x[t][k] · weight[n][k] + bias[n] for n in begin..<end and all tokens.
    ///
    /// Sixteen lanes accumulate with fused multiply-add in ascending k, lane j over the k with k mod 16 = j (float32,
    /// float16) or (k mod 32) / 2 = j (bfloat16). Where inputs are rounded to bfloat16, a lane takes the odd one of two
    /// neighbouring k first, and subnormal inputs and sums may count as zero.
    void (*linear)(const ck_linear *args, size_t begin, size_t end);

    /// The tokens of one tile of packed activations.
    size_t linear_tile;

    /// As `linear` with weights in blocks, `args->weight_stride` bytes of whole blocks to a row, inputs packed as for
    /// float32: every value is widened to float32 first, and sums run in the order of float32.
    void (*block_linear)(
        const ck_linear *args, const ck_block_kind *kind, const ck_block_scratch *scratch, size_t begin, size_t end);

    /// values[i] = element i of `blocks` blocks, each rounded once to float32.
    void (*decode_blocks)(const ck_block_kind *kind, float *values, const void *source, size_t blocks);

    /// Rounds inputs to int8 for `packed_linear`, with a scale for each token and block of 32: tokens `first..<last`.
    ///
    /// The scale is the greatest magnitude / 127; values are rounded to the nearest, ties to even. Tile by tile of
    /// `CK_PACKED_TOKENS`, values are `[blocks][tokens of the tile][32]`, the others `[blocks][tokens]`.
    void (*quantize_inputs)(
        const ck_packed_linear *shape, const ck_quantized_inputs *to, const float *x, size_t stride, size_t first,
        size_t last);

    /// output[t][n] = factor · Σ_b float(Σ_k weight · value) · (weight scale · input scale) + bias[n] for the rows of
    /// the groups `begin..<end` and all tokens; blocks, of K6 their halves, add up in ascending order with fused
    /// multiply-add. Minima are taken off block by block: minimum · (input scale · Σ_k value), with one too.
    void (*packed_linear)(const ck_packed_linear *args, size_t begin, size_t end);

    /// Quantizes the groups of rows `begin..<end` of finite weights.
    ///
    /// int8: the scale is the greatest magnitude / 127. int4: the scale of least squared error among several.
    void (*pack_rows)(const ck_packing *args, size_t begin, size_t end);

    /// Packs the groups of rows `begin..<end` of a matrix in blocks; no value changes.
    ///
    /// Q4_0 to INT4, Q8_0 to INT8, Q4_K, Q5_K and Q6_K to K4, K5 and K6, groups of integers to AFFINE4 and AFFINE8.
    void (*repack_rows)(const ck_repacking *args, size_t begin, size_t end);

    /// The greatest magnitude of the source's rows `begin..<end`; infinite where one is not finite.
    float (*greatest_magnitude)(const ck_packing *args, size_t begin, size_t end);

    /// destination[i] = source[i], widened to float32.
    void (*widen)(float *destination, const void *source, ck_format format, size_t count);

    /// out[g][i] = x[g][i] / √(Σ x[g]² / width + epsilon) · weight[i] for each of `groups` runs of `width` elements.
    /// `out` may be `x`.
    void (*rms_norm)(float *out, const float *x, const ck_norm *norm, size_t groups);

    /// target[i] += addend[i]
    void (*add)(float *target, const float *addend, size_t count);

    /// Rotates (x[i], x[i + d/2]) of each head by the angle of i: x·cos − y·sin, y·cos + x·sin.
    ///
    /// x: `[heads, head_dimension]`. table: `rotary_dimension / 2` cosines, then as many sines.
    void (*rotary)(float *x, const float *table, size_t rotary_dimension, size_t head_dimension, size_t heads);

    /// As `rotary`, for the pairs (x[2i], x[2i + 1]).
    void (*rotary_interleaved)(
        float *x, const float *table, size_t rotary_dimension, size_t head_dimension, size_t heads);

    /// out[g][i] = (x[g][i] − mean) / √(variance + epsilon) · weight[i] + bias[i] for each of `groups` runs of `width`
    /// elements. `out` may be `x`.
    void (*layer_norm)(float *out, const float *x, const ck_layer_norm *norm, size_t groups);

    /// out[i] = f(x[i]) for silu: x · σ(x); gelu: x · Φ(x), or with its approximation by tanh; quick gelu: x · σ(1.702x);
    /// relu: max(x, 0), or its square. `out` may be `x`.
    void (*activate)(float *out, const float *x, size_t count, ck_activation kind);

    /// out[i] = f(gate[i]) · up[i]
    void (*gate)(float *out, const float *gate, const float *up, size_t count, ck_activation kind);

    /// out[i] = g · σ(factor · g) · (u + 1) with g = min(gate[i], limit), u = up[i] within −limit…limit
    void (*gate_clamped)(
        float *out, const float *gate, const float *up, size_t count, float factor, float limit);

    /// x[i] within −limit…limit
    void (*clamp)(float *x, float limit, size_t count);

    /// x[i] = cap · tanh(x[i] / cap)
    void (*soft_cap)(float *x, float cap, size_t count);

    /// target[i] += factor · addend[i], rounded once
    void (*add_multiple)(float *target, const float *addend, float factor, size_t count);

    /// Writes one token's key and value of one head at `slot` (block × block_size + place), rounded to `format`.
    ///
    /// key, value: `[headDimension]`. `shape` gives the cache, its layout and the head. To nearest, ties to even; in int8
    /// x becomes x · (127 / m) with the scale m / 127, m the head's greatest magnitude: all is zero where m < 2^-100, and
    /// the scale is NaN where an element is not finite.
    void (*write_kv)(const ck_attention *shape, const float *key, const float *value, size_t slot);

    /// Attention of every row over the positions of one partition that it sees.
    ///
    /// weights[r][t] = exp(s − m), s = scale · Σ_d q[d]·k[t][d] in ascending d, capped and then grown by
    /// slope · (t's position − the row's), m the row's greatest score of the partition; partial[r] = Σ_t weights[r][t] · v[t] in ascending t. In int8, s is multiplied by the key's scale and the
    /// weight by the value's. No value of a position that a row does not see takes part in its sums.
    /// scratch: `ck_attention_scratch_count` floats.
    void (*attention_partition)(
        const ck_attention *args, const ck_attention_rows *rows, size_t partition, const ck_attention_result *result,
        float *scratch);

    /// Nothing seen yet: outputs are zero.
    void (*attention_begin)(
        const ck_attention_output *output, const ck_attention_rows *rows, size_t head_dimension);

    /// Adds a partition's results to the outputs.
    void (*attention_combine)(
        const ck_attention_output *output, const ck_attention_rows *rows, const ck_attention_result *result,
        size_t head_dimension);

    /// Divides the outputs by the sums of weights and the sink's.
    void (*attention_finish)(
        const ck_attention_output *output, const ck_attention_rows *rows, size_t head_dimension);

    /// x[i] *= factor
    void (*scale)(float *x, float factor, size_t count);

    /// The index of the greatest element, of equal ones the first; NaN counts as −∞, 0 where there is none above it.
    size_t (*arg_max)(const float *x, size_t count);

    /// maxima[b] = the greatest of block b that is not NaN; −∞ for none. The result is the greatest of them.
    float (*scan_maxima)(const ck_scan *scan, float *maxima);

    /// As `scan_maxima`, and sums[b] = Σ exp((x[i] − maximum) · factor) of block b for the row's maximum found: lanes in
    /// float32 in ascending order, against the block's maximum first. NaN shows in its block's sum.
    float (*scan_weights)(const ck_scan *scan, float *maxima, float *sums);

    /// sums[b] = Σ exp((x[i] − maximum) · factor) over what the cut keeps of block b, for b in begin..<end.
    ///
    /// 0 for blocks whose maximum is below the cut; they are not read.
    void (*scan_kept)(
        const ck_scan *scan, ck_cut cut, const float *maxima, size_t begin, size_t end, float *sums);

    /// How many elements the cut keeps; NaN is not kept.
    size_t (*scan_kept_count)(const ck_scan *scan, ck_cut cut, const float *maxima);

    /// weights[i] = exp((x[i] − maximum) · factor) for what the cut keeps of a block, else 0; returns how many.
    size_t (*scan_block)(const ck_scan *scan, ck_cut cut, size_t block, float *weights);

    /// Multiplies and adds in registers, at least `count` times, for measuring.
    float (*multiply_add)(size_t count);
} ck_kernels;

/// The kernels of an instruction set; null when this binary or this machine has none.
const ck_kernels *ck_kernels_for(ck_isa isa);

/// The processors on which this process may run; at least 1.
size_t ck_processor_count(void);

/// The exclusive or of all words: reads memory as fast as one thread can, to measure its bandwidth.
uint64_t ck_read_words(const uint64_t *words, size_t count);

/// The size of a huge page in bytes.
#define CK_HUGE_PAGE ((size_t)2 << 20)

/// Replaces the pages of mapped, read-only memory by huge pages of the same content; readers may go on meanwhile.
///
/// address, byte_count: multiples of `CK_HUGE_PAGE`. Returns 0, or the error's number; the memory is whole either way.
int ck_move_to_huge_pages(void *address, size_t byte_count);

/// The floats that packed activations take.
static inline size_t ck_linear_packed_count(size_t inputs, size_t tokens) {
    return (inputs + CK_LINEAR_BLOCK - 1) / CK_LINEAR_BLOCK * CK_LINEAR_BLOCK * tokens;
}

/// The floats of scratch memory that `attention_partition` needs.
static inline size_t ck_attention_scratch_count(size_t head_dimension) {
    size_t columns = (head_dimension + 15) / 16;
    return CK_ATTENTION_ROWS * (CK_ATTENTION_PARTITION + 16 + head_dimension) + 16 * head_dimension
        + columns * 16 * (CK_ATTENTION_PARTITION + 1);
}

/// The floats of a partial result of some rows.
static inline size_t ck_attention_partial_count(size_t head_dimension, size_t rows) {
    return (head_dimension + 15) / 16 * 16 * rows;
}

/// The bytes of one element of a cache.
static inline size_t ck_kv_element_size(ck_kv_format format) {
    return format == CK_KV_FLOAT32 ? 4 : format == CK_KV_INT8 ? 1 : 2;
}

/// The bytes of one token's key or value of one head, its scale included.
static inline size_t ck_kv_head_size(ck_kv_format format, size_t head_dimension) {
    return head_dimension * ck_kv_element_size(format) + (format == CK_KV_INT8 ? sizeof(float) : 0);
}

/// The bytes of sixteen tokens' keys of one head.
static inline size_t ck_key_group_size(ck_kv_format format, size_t head_dimension) {
    return 16 * ck_kv_head_size(format, head_dimension);
}

/// The bytes of a block's values of one head.
static inline size_t ck_value_block_size(ck_kv_format format, size_t block_size, size_t head_dimension) {
    return block_size * ck_kv_head_size(format, head_dimension);
}

/// The bytes of a block's keys of one layer (values: without the rounding up to sixteen tokens).
static inline size_t ck_key_block_bytes(
    ck_kv_format format, size_t block_size, size_t kv_heads, size_t head_dimension) {
    return kv_heads * ((block_size + 15) / 16) * ck_key_group_size(format, head_dimension);
}

/// Tells the processor that a loop waits for another one.
static inline void ck_spin_hint(void) {
#if __x86_64__
    __builtin_ia32_pause();
#elif __aarch64__
    __asm__ volatile("yield");
#endif
}

#endif
