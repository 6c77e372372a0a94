#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A thread of the operating system, for work that takes milliseconds and more: a task must not block so long.
package enum SystemThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new detached thread.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, 8 << 20)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { unsafe pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        let status = unsafe pthread_create(
            &thread,
            &attributes,
            { context in
                if let context = unsafe context {
                    unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            },
            context
        )
        precondition(status == 0, "pthread_create failed with \(status)")
    }
}

extension SystemThread {
    /// Lets the calling thread have little of a core that another thread wants, where the system knows such threads.
    package static func yieldToOthers() {
        #if canImport(Glibc)
            // Linux keeps this number per thread, and 0 is the calling one; 15 is a thirtieth of a busy core
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 15)
        #endif
    }
}

/// Lets one thread sleep until another wakes it.
///
/// `@unchecked Sendable`: a semaphore is made for use by several threads; its address never changes.
@safe
package final class Wakeup: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    /// Nothing has been signalled.
    package init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    /// Sleeps until `signal` has been called once more than `wait`.
    package func wait() {
        while unsafe sem_wait(semaphore) != 0 {}
    }

    /// Wakes the sleeper, or lets its next `wait` pass.
    package func signal() { unsafe sem_post(semaphore) }
}
