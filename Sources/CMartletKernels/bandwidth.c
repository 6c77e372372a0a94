#include "CMartletKernels.h"

#if defined(__x86_64__)
__attribute__((target("avx2")))
#endif
uint64_t ck_read_words(const uint64_t *words, size_t count) {
    // independent sums, so that only memory can be the limit
    uint64_t sums[32] = {0};
    size_t whole = count / 32 * 32;
    for (size_t i = 0; i < whole; i += 32) {
        for (size_t lane = 0; lane < 32; lane++) sums[lane] ^= words[i + lane];
    }
    uint64_t sum = 0;
    for (size_t i = whole; i < count; i++) sum ^= words[i];
    for (size_t lane = 0; lane < 32; lane++) sum ^= sums[lane];
    return sum;
}
