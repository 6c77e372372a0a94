/// Compares the kernels of instruction sets with the scalar ones, bit for bit.
///
/// usage: compare [NAME...]: the instruction sets that this machine must have, and no others; without names any
///
/// Prints a number that stands for the scalar kernels' results: it is the same on all machines.

#include "record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static record run(const ck_kernels *kernels) {
    record results = {0};
    run_linear(kernels, &results);
    run_packed(kernels, &results);
    run_blocks(kernels, &results);
    run_attention(kernels, &results);
    run_elementwise(kernels, &results);
    run_scans(kernels, &results);
    return results;
}

static bool is_named(const char *name, int count, char **names) {
    for (int i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

int main(int count, char **arguments) {
    record expected = run(ck_kernels_for(CK_SCALAR));
    int found = 0, failures = 0;
    for (int isa = CK_SCALAR + 1; isa <= CK_AVX512_BF16; isa++) {
        const ck_kernels *kernels = ck_kernels_for((ck_isa)isa);
        if (!kernels) continue;
        found++;
        if (count > 1 && !is_named(kernels->name, count - 1, arguments + 1)) {
            fprintf(stderr, "%s is chosen on a machine that should not have it\n", kernels->name);
            failures++;
            continue;
        }
        record results = run(kernels);
        size_t differences = record_differences(&expected, &results, kernels->name);
        fprintf(stderr, "%s: %zu of %zu arrays differ\n", kernels->name, differences, expected.entry_count);
        failures += differences > 0;
    }
    if (count > 1 && found != count - 1) {
        fprintf(stderr, "%d of the %d instruction sets named are there\n", found, count - 1);
        failures++;
    }
    printf("%016" PRIx64 "\n", record_digest(&expected));
    return failures > 0;
}
