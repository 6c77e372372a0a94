/// What the packed formats are made of: the sizes of their parts and the meaning of each value.

#define CK_FORMAT static inline __attribute__((always_inline))

/// The bytes in front of a run of blocks.
CK_FORMAT size_t packed_header_size(ck_packed_format format) {
    switch (format) {
    case CK_INT8:
    case CK_INT6:
    case CK_INT4:
    case CK_K6: return 16;
    case CK_K4:
    case CK_K5: return 32;
    case CK_AFFINE4:
    case CK_AFFINE8: return 64;
    }
    return 0;
}

/// The bytes of a block's own scales, in front of its values.
CK_FORMAT size_t packed_scales_size(ck_packed_format format) {
    return format == CK_K4 || format == CK_K5 || format == CK_K6 ? 16 : 0;
}

/// The bytes of a block, its own scales included.
CK_FORMAT size_t packed_data_size(ck_packed_format format) {
    switch (format) {
    case CK_INT8:
    case CK_AFFINE8: return 256;
    case CK_INT4:
    case CK_AFFINE4: return 128;
    case CK_K4: return 16 + 128;
    case CK_K5: return 16 + 128 + 32;
    case CK_K6: return 16 + 128 + 64;
    case CK_INT6: return 128 + 64;
    }
    return 0;
}

/// Whether instruction sets have functions of their own for the format's blocks: `add_block`.
CK_FORMAT bool packed_is_plain(ck_packed_format format) { return format == CK_INT8 || format == CK_INT4; }

/// Whether values are taken from a minimum.
CK_FORMAT bool packed_has_minimum(ck_packed_format format) {
    return !packed_is_plain(format) && format != CK_K6 && format != CK_INT6;
}

/// Whether values are those of six bits, stored plus 32.
CK_FORMAT bool packed_is_six_bits(ck_packed_format format) { return format == CK_K6 || format == CK_INT6; }
