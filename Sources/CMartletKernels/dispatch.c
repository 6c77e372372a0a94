#define _GNU_SOURCE
#include "CMartletKernels.h"

#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#include <sys/auxv.h>
#endif

extern const ck_kernels ck_kernels_scalar;
#if __x86_64__
extern const ck_kernels ck_kernels_avx2;
extern const ck_kernels ck_kernels_avx512;
extern const ck_kernels ck_kernels_avx512_vnni;
extern const ck_kernels ck_kernels_avx512_bf16;
#endif
#if __aarch64__
extern const ck_kernels ck_kernels_neon;
extern const ck_kernels ck_kernels_neon_dotprod;
#endif

#if __x86_64__
static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

static bool has_avx512_vnni(void) { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }
#endif

#if __aarch64__
static bool has_dotprod(void) {
#ifdef __linux__
    const unsigned long dotprod = 1UL << 20; // HWCAP_ASIMDDP
    return (getauxval(AT_HWCAP) & dotprod) != 0;
#elif __ARM_FEATURE_DOTPROD
    return true;
#else
    return false;
#endif
}
#endif

const ck_kernels *ck_kernels_for(ck_isa isa) {
    switch (isa) {
    case CK_SCALAR:
        return &ck_kernels_scalar;
#if __x86_64__
    case CK_AVX2:
        return has_avx2() ? &ck_kernels_avx2 : NULL;
    case CK_AVX512:
        return has_avx512() ? &ck_kernels_avx512 : NULL;
    case CK_AVX512_VNNI:
        return has_avx512_vnni() ? &ck_kernels_avx512_vnni : NULL;
    case CK_AVX512_BF16:
        return has_avx512_vnni() && __builtin_cpu_supports("avx512bf16") ? &ck_kernels_avx512_bf16 : NULL;
#endif
#if __aarch64__
    case CK_NEON:
        return &ck_kernels_neon;
    case CK_NEON_DOTPROD:
        return has_dotprod() ? &ck_kernels_neon_dotprod : NULL;
#endif
    default:
        return NULL;
    }
}

size_t ck_processor_count(void) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return (size_t)CPU_COUNT(&set);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}
