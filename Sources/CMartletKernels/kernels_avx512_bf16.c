/// The kernels of one instruction set: avx512 with products of four bytes and of two bfloat16 at a time.

#if __x86_64__

#define CK_TABLE ck_kernels_avx512_bf16
#define CK_NAME "avx512-bf16"
#define CK_ISA CK_AVX512_BF16
#define CK_VNNI
#define CK_DOT_BF16

#pragma STDC FP_CONTRACT OFF

#include "simd_avx512.h"

#include "kernels.h"

#endif
