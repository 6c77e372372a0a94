/// The kernels of one instruction set: avx2.

#if __x86_64__

#define CK_TABLE ck_kernels_avx2
#define CK_NAME "avx2"
#define CK_ISA CK_AVX2

#pragma STDC FP_CONTRACT OFF

#include "simd_avx2.h"

#include "kernels.h"

#endif
