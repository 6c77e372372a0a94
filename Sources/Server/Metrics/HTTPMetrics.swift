import MartletEngine
import Synchronization

/// What the HTTP layer counts, under the names of vLLM's HTTP instrumentation.
package final class HTTPMetrics: Sendable {
    private struct Key: Hashable {
        let handler: String
        let method: String
        let status: String
    }

    /// Bytes as the headers tell them: nothing for a body of unknown length.
    private struct Sizes {
        var count = 0
        var request = 0.0
        var response = 0.0
    }

    private struct State {
        var sizes: [String: Sizes] = [:]
        var requests: [Key: Int] = [:]
        var durations: [Key: Histogram] = [:]
        var total = Histogram(bounds: [
            0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 7.5, 10, 30, 60,
        ])
    }

    private let state = Mutex(State())

    /// Nothing counted.
    package init() {}

    /// Counts one request.
    ///
    /// - Parameters:
    ///   - handler: the route's path, `none` for unknown ones.
    ///   - method: the request's.
    ///   - status: the response's.
    ///   - duration: until the response began.
    ///   - byteCounts: the declared lengths of the request's and the response's body.
    package func record(
        handler: String,
        method: String,
        status: Int,
        duration: Duration,
        byteCounts: (request: Int?, response: Int?)
    ) {
        let seconds = duration / .seconds(1)
        // only known methods become label values, so that clients cannot grow the table
        let method = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"].contains(method) ? method : "other"
        state.withLock { state in
            state.sizes[handler, default: Sizes()].count += 1
            state.sizes[handler, default: Sizes()].request += Double(byteCounts.request ?? 0)
            state.sizes[handler, default: Sizes()].response += Double(byteCounts.response ?? 0)
            state.requests[Key(handler: handler, method: method, status: "\(status / 100)xx"), default: 0] += 1
            state.durations[
                Key(handler: handler, method: method, status: ""),
                default: Histogram(bounds: [0.1, 0.5, 1])
            ].observe(seconds)
            state.total.observe(seconds)
        }
    }

    /// Writes the series.
    package func export(to text: inout PrometheusText) {
        let state = state.withLock { $0 }
        text.header(
            "http_requests_total",
            type: "counter",
            help: "Total number of requests by method, status and handler."
        )
        for (key, count) in state.requests.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            text.sample(
                "http_requests_total",
                [("handler", key.handler), ("method", key.method), ("status", key.status)],
                Double(count)
            )
        }
        let sizes = state.sizes.sorted { $0.key < $1.key }
        text.header("http_request_size_bytes", type: "summary", help: "Declared length of requests by handler.")
        for (handler, size) in sizes {
            text.summary("http_request_size_bytes", [("handler", handler)], count: size.count, sum: size.request)
        }
        text.header("http_response_size_bytes", type: "summary", help: "Declared length of responses by handler.")
        for (handler, size) in sizes {
            text.summary("http_response_size_bytes", [("handler", handler)], count: size.count, sum: size.response)
        }
        text.header(
            "http_request_duration_highr_seconds",
            type: "histogram",
            help: "Latency with many buckets but no API specific labels."
        )
        text.histogram("http_request_duration_highr_seconds", [], state.total)
        text.header(
            "http_request_duration_seconds",
            type: "histogram",
            help: "Latency with only few buckets by handler."
        )
        for (key, histogram) in state.durations.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            text.histogram(
                "http_request_duration_seconds",
                [("handler", key.handler), ("method", key.method)],
                histogram
            )
        }
    }
}
