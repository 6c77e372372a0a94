/// The kernels of one instruction set: neon.

#if __aarch64__

#define CK_TABLE ck_kernels_neon
#define CK_NAME "neon"
#define CK_ISA CK_NEON

#pragma STDC FP_CONTRACT OFF

#include "simd_neon.h"

#include "kernels.h"

#endif
