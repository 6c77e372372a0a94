#define _GNU_SOURCE
#include "CMartletKernels.h"

#include <errno.h>
#include <string.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

int ck_move_to_huge_pages(void *address, size_t byte_count) {
#ifdef __linux__
    uintptr_t mask = CK_HUGE_PAGE - 1;
    if (((uintptr_t)address & mask) != 0 || (byte_count & mask) != 0) return EINVAL;
    size_t reserved = byte_count + CK_HUGE_PAGE;
    char *memory = mmap(NULL, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return errno;
    char *copy = (char *)(((uintptr_t)memory + mask) & ~mask);
    size_t before = (size_t)(copy - memory);
    // what is not aligned goes first: between moving the copy and this, others may map memory where it was
    if (before > 0) munmap(memory, before);
    munmap(copy + byte_count, CK_HUGE_PAGE - before);
    int status = mprotect(copy, byte_count, PROT_READ | PROT_WRITE);
    if (status == 0) status = madvise(copy, byte_count, MADV_HUGEPAGE);
    if (status == 0) {
        memcpy(copy, address, byte_count);
        status = mprotect(copy, byte_count, PROT_READ);
    }
    // readers find the file's pages before and the copy after; a fault in between waits for the kernel's lock
    if (status == 0 && mremap(copy, byte_count, byte_count, MREMAP_MAYMOVE | MREMAP_FIXED, address) != MAP_FAILED) return 0;
    int failure = errno;
    munmap(copy, byte_count);
    return failure;
#else
    (void)address;
    (void)byte_count;
    return ENOTSUP;
#endif
}
