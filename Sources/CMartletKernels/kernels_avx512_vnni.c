/// The kernels of one instruction set: avx512 with products of four bytes at a time.

#if __x86_64__

#define CK_TABLE ck_kernels_avx512_vnni
#define CK_NAME "avx512-vnni"
#define CK_ISA CK_AVX512_VNNI
#define CK_VNNI

#pragma STDC FP_CONTRACT OFF

#include "simd_avx512.h"

#include "kernels.h"

#endif
