// Tells the thread sanitizer what it cannot see on Linux: it knows the code that was compiled with it, not Swift's libraries.
//
// * A `Mutex` that somebody waits for is handed over inside libswiftSynchronization.
// * The concurrency runtime says itself in which order tasks run, once it is told that there is a sanitizer; the sanitizer
//   tells it by calling `__tsan_on_initialize`, of which it finds its own empty one first.
//
// Loaded before everything else (`LD_PRELOAD`); compiled with the toolchain's clang, which knows Swift's calling convention.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// `_MutexHandle._lockSlow(_:)` and `_MutexHandle._unlockSlow()`
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

METHOD void lock_slowly(uint32_t thread, SELF) __asm__(LOCK);
METHOD void unlock_slowly(SELF) __asm__(UNLOCK);

METHOD void lock_slowly(uint32_t thread, SELF) {
    METHOD void (*next)(uint32_t, SELF) = dlsym(RTLD_NEXT, LOCK);
    next(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

METHOD void unlock_slowly(SELF) {
    METHOD void (*next)(SELF) = dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(self);
    next(self);
}

__attribute__((constructor)) static void enable_runtime(void) {
    bool *enabled = dlsym(RTLD_DEFAULT, "_swift_tsan_enabled");
    void (**acquire)(void *) = dlsym(RTLD_DEFAULT, "_swift_tsan_acquire");
    void (**release)(void *) = dlsym(RTLD_DEFAULT, "_swift_tsan_release");
    if (!enabled || !acquire || !release || !__tsan_acquire) return;
    *acquire = __tsan_acquire;
    *release = __tsan_release;
    *enabled = true;
}
