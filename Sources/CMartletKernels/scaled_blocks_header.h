/// What is read of a packed run before its blocks, over the rows of the instruction set included before.

/// What stands in front of a run, eight rows side by side.
typedef struct {
    rows8 scale, minimum;
} run_header;

CKQ_INLINE run_header read_header(const char *p, ck_packed_format format) {
    switch (format) {
    case CK_K4:
    case CK_K5: return (run_header){rows8_scales(p), rows8_scales(p + 16)};
    case CK_INT8:
    case CK_INT6:
    case CK_INT4:
    case CK_K6: return (run_header){rows8_scales(p), rows8_zero()};
    default: return (run_header){rows8_load((const float *)p), rows8_load((const float *)p + 8)};
    }
}

/// The scales of a block; of the halves of its inputs where they differ.
typedef struct {
    rows8 scale[2], minimum;
} block_scales;
