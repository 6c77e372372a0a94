/// All kernels over the vectors of the instruction set whose `simd_*.h` was included before.

#pragma STDC FP_CONTRACT OFF

#include "CMartletKernels.h"
#include "formats.h"

#include <math.h>
#include <string.h>

#include "linear.h"

#include "block_formats.h"

#include "block_codebooks.h"

#include "block_linear.h"

#include CK_BLOCKS_HEADER

#include "packed_formats.h"

#include "packed.h"

#include "pack.h"

#include "repack.h"

#include "elementwise.h"

#include "activation.h"

#include "kv_cache.h"

#include "scan.h"

#include "attention.h"

#include "limits.h"

#include "table.h"
