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

        mutating func add(_ byteCounts: (request: Int?, response: Int?)) {
            count += 1
            request += Double(byteCounts.request ?? 0)
            response += Double(byteCounts.response ?? 0)
        }
    }

    /// A series that began with the first request it counts.
    private struct Counted<Value> {
        var value: Value
        let created = ProcessMetrics.now
    }

    private struct State {
        var sizes: [String: Counted<Sizes>] = [:]
        var requests: [Key: Counted<Int>] = [:]
        var durations: [Key: Counted<Histogram>] = [:]
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
            state.sizes[handler, default: Counted(value: Sizes())].value.add(byteCounts)
            let key = Key(handler: handler, method: method, status: "\(status / 100)xx")
            state.requests[key, default: Counted(value: 0)].value += 1
            state.durations[
                Key(handler: handler, method: method, status: ""),
                default: Counted(value: Histogram(bounds: [0.1, 0.5, 1]))
            ].value.observe(seconds)
            state.total.observe(seconds)
        }
    }

    /// Writes the series.
    package func export(to text: inout PrometheusText) {
        let state = state.withLock { $0 }
        text.counter(
            "http_requests",
            "Total number of requests by method, status and handler.",
            state.requests.sorted { "\($0.key)" < "\($1.key)" }.map { key, requests in
                .init(
                    [("handler", key.handler), ("method", key.method), ("status", key.status)],
                    Double(requests.value),
                    created: requests.created
                )
            }
        )
        let sizes = state.sizes.sorted { $0.key < $1.key }
        func series(_ sum: KeyPath<Sizes, Double>) -> [PrometheusText.Series<(count: Int, sum: Double)>] {
            sizes.map { handler, size in
                .init(
                    [("handler", handler)],
                    (size.value.count, size.value[keyPath: sum]),
                    created: size.created
                )
            }
        }
        text.summary("http_request_size_bytes", "Declared length of requests by handler.", series(\.request))
        text.summary("http_response_size_bytes", "Declared length of responses by handler.", series(\.response))
        text.histogram(
            "http_request_duration_highr_seconds",
            "Latency with many buckets but no API specific labels.",
            [.init([], state.total)]
        )
        text.histogram(
            "http_request_duration_seconds",
            "Latency with only few buckets by handler.",
            state.durations.sorted { "\($0.key)" < "\($1.key)" }.map { key, durations in
                .init(
                    [("handler", key.handler), ("method", key.method)],
                    durations.value,
                    created: durations.created
                )
            }
        )
    }
}
