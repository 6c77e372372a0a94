"""Writes Sources/CMartletKernels/block_tables.c: the codebooks of ggml's I-quants, from the `gguf` package."""
import sys

from gguf import quants

BITS = {"IQ2_XXS": 2, "IQ2_XS": 2, "IQ2_S": 2, "IQ3_XXS": 3, "IQ3_S": 3, "IQ1_S": 2}

lines = [
    "/// The codebooks of ggml's I-quants; written by `Scripts/make_block_tables.py`.",
    "",
    '#include "block_tables.h"',
]
for name, bits in BITS.items():
    kind = getattr(quants, name)
    kind.init_grid()
    places = {value: place for place, value in enumerate(kind.grid_map)}
    rows = kind.grid.reshape(kind.grid_shape)
    codes = [sum(places[int(value)] << (bits * i) for i, value in enumerate(row)) for row in rows]
    lines += ["", f"const uint16_t ck_{name.lower()}_grid[{len(codes)}] = {{"]
    for start in range(0, len(codes), 16):
        lines.append("    " + ", ".join(f"{code}" for code in codes[start : start + 16]) + ",")
    lines.append("};")
open(sys.argv[1], "w").write("\n".join(lines) + "\n")
