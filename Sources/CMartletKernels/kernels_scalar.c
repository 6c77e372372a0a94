/// The kernels of one instruction set: scalar.

#define CK_TABLE ck_kernels_scalar
#define CK_NAME "scalar"
#define CK_ISA CK_SCALAR

#pragma STDC FP_CONTRACT OFF

#include "simd_scalar.h"

#include "kernels.h"
