/// How long one request with one choice took, told where the server is asked to.
package struct RequestMetrics: Sendable, Hashable {
    /// From the request's coming to its first token.
    package var timeToFirstToken: Duration
    /// From the first token to the last.
    package var generationTime: Duration
    /// From the request's coming to its first place in a batch.
    package var queueTime: Duration
    /// The completion's tokens.
    package var tokenCount: Int

    /// Times.
    package init(timeToFirstToken: Duration, generationTime: Duration, queueTime: Duration, tokenCount: Int) {
        self.timeToFirstToken = timeToFirstToken
        self.generationTime = generationTime
        self.queueTime = queueTime
        self.tokenCount = tokenCount
    }

    /// The names of the values in their order, and the values; `nil` where there is nothing to divide by.
    fileprivate var members: [(StaticString, Double?)] {
        let generation = generationTime / .milliseconds(1)
        let seconds = (timeToFirstToken + generationTime) / .seconds(1)
        return [
            ("\"time_to_first_token_ms\":", timeToFirstToken / .milliseconds(1)),
            ("\"generation_time_ms\":", generation),
            ("\"queue_time_ms\":", queueTime / .milliseconds(1)),
            ("\"mean_itl_ms\":", tokenCount > 1 ? generation / Double(tokenCount - 1) : nil),
            ("\"tokens_per_second\":", seconds > 0 ? Double(tokenCount) / seconds : nil),
        ]
    }
}

extension [UInt8] {
    /// Appends the `metrics` member of a whole response, `null` for none.
    mutating func appendMetrics(_ metrics: RequestMetrics?) {
        appendRaw(",\"metrics\":")
        guard let metrics else { return appendRaw("null") }
        appendRaw("{")
        for (name, value) in metrics.members {
            appendRaw(name)
            if let value { append(contentsOf: PythonText.float(value).utf8) } else { appendRaw("null") }
            appendRaw(",")
        }
        appendRaw("\"speculative_decoding\":null}")
    }

    /// Appends the `metrics` member of a stream's usage event, which has no nulls; nothing for none.
    mutating func appendChunkMetrics(_ metrics: RequestMetrics?) {
        guard let metrics else { return }
        appendRaw(",\"metrics\":{")
        var isFirst = true
        for (name, value) in metrics.members {
            guard let value else { continue }
            if !isFirst { appendRaw(",") }
            isFirst = false
            appendRaw(name)
            append(contentsOf: PythonText.float(value).utf8)
        }
        appendRaw("}")
    }
}
