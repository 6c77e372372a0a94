extension HubError {
    /// Whether the same request may succeed later.
    var isTransient: Bool {
        switch self {
        case .unreachable: true
        case .server(_, let status, _): [408, 429, 500, 502, 503, 504].contains(status)
        default: false
        }
    }
}

extension HubClient {
    /// Runs the operation until it succeeds, fails for good, or has been tried often enough.
    ///
    /// - Parameters:
    ///   - attempts: how often it is tried; `nil` for the configuration's count.
    ///   - noting: called before each further attempt.
    ///   - operation: what is tried.
    /// - Returns: what the operation returned.
    /// - Throws: the operation's last error, or `HubError.cancelled`.
    func retrying<Value: Sendable>(
        attempts: Int? = nil,
        noting: (HubError) -> Void = { _ in },
        _ operation: () async throws(HubError) -> Value
    ) async throws(HubError) -> Value {
        let attempts = attempts ?? configuration.maximumAttempts
        var attempt = 1
        while true {
            do throws(HubError) {
                return try await operation()
            } catch {
                guard error.isTransient, attempt < attempts else { throw error }
                noting(error)
                try await pause(afterAttempt: attempt)
                attempt += 1
            }
        }
    }

    /// Waits before the next attempt: the configured delay, doubled with each attempt, at most 16 times.
    func pause(afterAttempt attempt: Int) async throws(HubError) {
        do {
            try await Task.sleep(for: configuration.retryDelay * (1 << min(max(attempt - 1, 0), 4)))
        } catch {
            throw .cancelled
        }
    }
}
