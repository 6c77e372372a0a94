/// The kernels of one instruction set: avx512.

#if __x86_64__

#define CK_TABLE ck_kernels_avx512
#define CK_NAME "avx512"
#define CK_ISA CK_AVX512

#pragma STDC FP_CONTRACT OFF

#include "simd_avx512.h"

#include "kernels.h"

#endif
