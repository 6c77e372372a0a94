import Foundation
import MartletJSON

/// A latency that load tests report.
enum LatencyMetric: String, CaseIterable, Sendable {
    case ttft, tpot, itl, e2el

    var title: String {
        switch self {
        case .ttft: "Time to First Token"
        case .tpot: "Time per Output Token (excl. 1st token)"
        case .itl: "Inter-token Latency"
        case .e2el: "End-to-end Latency"
        }
    }

    /// The values of the requests that succeeded, in milliseconds.
    func milliseconds(_ outcomes: [LoadOutcome]) -> [Double] {
        outcomes.flatMap { outcome -> [Double] in
            switch self {
            case .ttft: [outcome.timeToFirstToken]
            case .tpot: outcome.timePerOutputToken.map { [$0] } ?? []
            case .itl: outcome.interTokenLatencies
            case .e2el: [outcome.latency]
            }
        }.map { $0 * 1000 }
    }
}

/// What a load was, and what became of its requests.
struct ServeMetrics {
    let outcomes: [LoadOutcome]
    /// From the first request to the end of the last answer.
    let duration: Double
    let metrics: [LatencyMetric]
    let percents: [Double]
    /// The most milliseconds that a good request takes, per metric.
    let goodput: [LatencyMetric: Double]
    let maxConcurrency: Int?
    /// Requests per second; infinite for all at once.
    let requestRate: Double

    private var completed: [LoadOutcome] { outcomes.filter(\.isSuccess) }
    private var inputTokenCount: Int { completed.reduce(0) { $0 + $1.promptTokenCount } }
    private var outputTokenCount: Int { completed.reduce(0) { $0 + $1.outputTokenCount } }

    private func perSecond(_ count: Int) -> Double { duration > 0 ? Double(count) / duration : 0 }

    private var goodCount: Int {
        completed.filter { outcome in
            goodput.allSatisfy { metric, limit in
                // a request of one token has no time per further token
                (metric.milliseconds([outcome]).max() ?? 0) <= limit
            }
        }.count
    }

    /// The most requests under way at a time.
    private var peakConcurrency: Int {
        let ends = completed.map { ($0.start + $0.latency, -1) }
        let events = (completed.map { ($0.start, 1) } + ends).sorted { $0 < $1 }
        var (now, peak) = (0, 0)
        for (_, change) in events {
            now += change
            peak = max(peak, now)
        }
        return peak
    }

    /// The most chunks with text that came within one second of the clock.
    private var peakOutputRate: Double {
        let begin = completed.map(\.start).min() ?? 0
        var counts: [Int: Int] = [:]
        for outcome in completed where !outcome.text.isEmpty {
            var time = outcome.start - begin + outcome.timeToFirstToken
            counts[Int(time), default: 0] += 1
            for latency in outcome.interTokenLatencies {
                time += latency
                counts[Int(time), default: 0] += 1
            }
        }
        return Double(counts.values.max() ?? 0)
    }

    /// The result under vLLM's names, without the values of single requests.
    var json: JSONObject {
        var object = JSONObject([
            ("duration", .double(duration)), ("completed", .integer(completed.count)),
            ("failed", .integer(outcomes.count - completed.count)),
            ("total_input_tokens", .integer(inputTokenCount)), ("total_output_tokens", .integer(outputTokenCount)),
            ("request_throughput", .double(perSecond(completed.count))),
            ("request_goodput", goodput.isEmpty ? .null : .double(perSecond(goodCount))),
            ("output_throughput", .double(perSecond(outputTokenCount))),
            ("total_token_throughput", .double(perSecond(inputTokenCount + outputTokenCount))),
            ("max_output_tokens_per_s", .double(peakOutputRate)),
            ("max_concurrent_requests", .integer(peakConcurrency)),
        ])
        for metric in metrics {
            let summary = Summary(metric.milliseconds(completed))
            object["mean_\(metric.rawValue)_ms"] = .double(summary.mean)
            object["median_\(metric.rawValue)_ms"] = .double(summary.median)
            object["std_\(metric.rawValue)_ms"] = .double(summary.standardDeviation)
            for percent in percents {
                object["p\(Summary.name(percent))_\(metric.rawValue)_ms"] = .double(summary.percentile(percent))
            }
        }
        return object
    }

    /// The values of single requests under vLLM's names, in seconds.
    var details: JSONObject {
        func list(_ value: (LoadOutcome) -> JSONValue) -> JSONValue { .array(outcomes.map(value)) }
        return JSONObject([
            ("input_lens", list { .integer($0.promptTokenCount) }),
            ("output_lens", list { .integer($0.outputTokenCount) }),
            ("ttfts", list { .double($0.timeToFirstToken) }),
            ("itls", list { .array($0.interTokenLatencies.map { .double($0) }) }),
            ("latencies", list { .double($0.latency) }), ("start_times", list { .double($0.start) }),
            ("queue_times", list { .double($0.queueTime) }),
            ("generated_texts", list { .string($0.text) }), ("errors", list { .string($0.error) }),
        ])
    }

    /// The result as a table.
    var text: String {
        var rows: [(String, String)] = [
            ("Successful requests:", "\(completed.count)"), ("Failed requests:", "\(outcomes.count - completed.count)"),
        ]
        if let maxConcurrency { rows.append(("Maximum request concurrency:", "\(maxConcurrency)")) }
        if requestRate.isFinite { rows.append(("Request rate configured (RPS):", Self.number(requestRate))) }
        rows += [
            ("Benchmark duration (s):", Self.number(duration)), ("Total input tokens:", "\(inputTokenCount)"),
            ("Total generated tokens:", "\(outputTokenCount)"),
            ("Request throughput (req/s):", Self.number(perSecond(completed.count))),
        ]
        if !goodput.isEmpty { rows.append(("Request goodput (req/s):", Self.number(perSecond(goodCount)))) }
        rows += [
            ("Output token throughput (tok/s):", Self.number(perSecond(outputTokenCount))),
            ("Peak output token throughput (tok/s):", Self.number(peakOutputRate)),
            ("Peak concurrent requests:", "\(peakConcurrency)"),
            ("Total token throughput (tok/s):", Self.number(perSecond(inputTokenCount + outputTokenCount))),
        ]
        var lines = [Self.rule(" Serving Benchmark Result ", "=")] + rows.map(Self.line)
        for metric in metrics {
            let summary = Summary(metric.milliseconds(completed))
            let name = metric.rawValue.uppercased()
            lines.append(Self.rule(metric.title, "-"))
            lines.append(Self.line(("Mean \(name) (ms):", Self.number(summary.mean))))
            lines.append(Self.line(("Median \(name) (ms):", Self.number(summary.median))))
            for percent in percents {
                let value = Self.number(summary.percentile(percent))
                lines.append(Self.line(("P\(Summary.name(percent)) \(name) (ms):", value)))
            }
        }
        return (lines + [Self.rule("", "=")] + errorLines).joined(separator: "\n")
    }

    /// Each different failure with how often it came, the most frequent first.
    private var errorLines: [String] {
        var counts: [String: Int] = [:]
        for outcome in outcomes where !outcome.isSuccess { counts[outcome.error, default: 0] += 1 }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return sorted.prefix(10).map { "failed \($0.value) x: \($0.key)" }
    }

    private static func number(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func line(_ row: (String, String)) -> String {
        row.0 + String(repeating: " ", count: max(1, 41 - row.0.count)) + row.1
    }

    private static func rule(_ title: String, _ character: Character) -> String {
        let left = max(0, 50 - title.count) / 2
        return String(repeating: character, count: left) + title
            + String(repeating: character, count: max(0, 50 - title.count - left))
    }
}
