/// The table of one instruction set's kernels; the including file defines `CK_TABLE`, `CK_NAME` and `CK_ISA`.

const ck_kernels CK_TABLE = {
    .name = CK_NAME,
    .isa = CK_ISA,
    .linear_pack = linear_pack,
    .linear = linear,
    .linear_tile = CK_LINEAR_TOKENS,
    .widen = widen,
    .rms_norm = rms_norm,
    .add = add,
    .rotary = rotary,
    .silu_multiply = silu_multiply,
    .write_kv = write_kv,
    .attention_partition = attention_partition,
    .attention_combine = attention_combine,
    .scale = scale,
    .maximum = maximum,
    .sum_exp = sum_exp,
    .block_maxima = block_maxima,
    .read_stream = read_stream,
    .multiply_add = multiply_add,
};
