/// The kernels of one instruction set: neon with products of four bytes at a time.

#if __aarch64__

#define CK_TABLE ck_kernels_neon_dotprod
#define CK_NAME "neon-dotprod"
#define CK_ISA CK_NEON_DOTPROD
#define CK_DOTPROD

#pragma STDC FP_CONTRACT OFF

#include "simd_neon.h"

#include "kernels.h"

#endif
