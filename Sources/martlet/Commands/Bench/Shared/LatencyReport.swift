import Foundation
import Martlet
import MartletJSON

/// The times of one batch of requests that began together.
struct LatencyRound {
    /// When every request had its first token: the prompts are done.
    let prefillSeconds: Double
    /// From the first request to the last token.
    let latencySeconds: Double
    /// The time in which all requests decoded: from the last first token to the first last token.
    let decodeSeconds: Double
    /// When each request's first token came.
    let firstTokenSeconds: [Double]
    /// The time between tokens that followed each other, of all requests while all of them decoded.
    let interTokenSeconds: [Double]
    /// The tokens that came in that time.
    let decodedTokenCount: Int
    /// The steps in which they came.
    let decodeStepCount: Int
    /// The tokens whose keys and values those steps read, each as often as it was read.
    let contextTokenCount: Int
    /// What could be read just before and after the round, on average; bytes per second.
    let readBandwidth: Double

    /// The measures of a round; only what comes while all requests decode counts as decoding.
    init(requests: [TokenTimes], readBandwidth: Double) {
        self.readBandwidth = readBandwidth
        let begin = requests.map(\.first).max() ?? 0
        let end = requests.map(\.last).min() ?? 0
        decodeSeconds = max(0, end - begin)
        prefillSeconds = begin
        latencySeconds = requests.map(\.last).max() ?? 0
        firstTokenSeconds = requests.map(\.first)
        var (between, decoded, steps, context) = ([Double](), 0, 0, 0)
        for request in requests {
            let from = request.times.firstIndex { $0 > begin } ?? request.times.count
            let to = request.times.lastIndex { $0 <= end }.map { $0 + 1 } ?? 0
            let places = min(from, to)..<to
            decoded += places.count
            steps = max(steps, places.count)
            for place in places {
                // the step of token `place` reads the prompt and the tokens before
                context += request.promptTokenCount + place
                between.append(request.times[place] - request.times[place - 1])
            }
        }
        (interTokenSeconds, decodedTokenCount) = (between, decoded)
        (decodeStepCount, contextTokenCount) = (steps, context)
    }
}

/// What `bench latency` says of one batch size.
struct LatencyReport {
    let batchSize: Int
    let lengths: (input: Int, output: Int)
    let rounds: [LatencyRound]
    let traffic: ModelTraffic
    /// Bytes per second.
    let readBandwidth: Double
    let memory: ProcessMemory

    private static let percents: [Double] = [10, 25, 50, 75, 90, 99]

    private var latency: Summary { Summary(rounds.map(\.latencySeconds)) }
    private var firstToken: Summary { Summary(rounds.flatMap { $0.firstTokenSeconds.map { $0 * 1000 } }) }
    private var interToken: Summary { Summary(rounds.flatMap { $0.interTokenSeconds.map { $0 * 1000 } }) }
    private var prefill: Summary {
        Summary(rounds.map { Double(batchSize * lengths.input) / $0.prefillSeconds })
    }
    private var decode: Summary { Summary(rounds.map { rate($0, Double($0.decodedTokenCount)) }) }
    private var weights: Summary { Summary(rounds.map(weightRate)) }
    private var cache: Summary { Summary(rounds.map(cacheRate)) }

    private func weightRate(_ round: LatencyRound) -> Double {
        rate(round, Double(round.decodeStepCount) * traffic.stepByteCount(tokens: batchSize))
    }

    private func cacheRate(_ round: LatencyRound) -> Double {
        rate(round, Double(round.contextTokenCount) * Double(traffic.kvBytesPerToken))
    }

    private func rate(_ round: LatencyRound, _ count: Double) -> Double {
        round.decodeSeconds > 0 ? count / round.decodeSeconds : 0
    }

    private var share: Double { readBandwidth > 0 ? (weights.median + cache.median) / readBandwidth : 0 }

    /// Each round's share of what could be read around it: memory that others use too gives more or less by the minute.
    private var roundShares: [Double] {
        rounds.map { $0.readBandwidth > 0 ? (weightRate($0) + cacheRate($0)) / $0.readBandwidth : 0 }
    }

    /// The result with vLLM's names where it has them (`avg_latency`, `latencies`, `percentiles`).
    var json: JSONObject {
        JSONObject([
            ("batch_size", .integer(batchSize)), ("input_len", .integer(lengths.input)),
            ("output_len", .integer(lengths.output)), ("num_iters", .integer(rounds.count)),
            ("avg_latency", .double(latency.mean)),
            ("latencies", .array(rounds.map { .double($0.latencySeconds) })),
            ("percentiles", latency.percentiles(Self.percents)),
            ("ttft_ms", firstToken.json(Self.percents)), ("itl_ms", interToken.json(Self.percents)),
            ("prefill_tokens_per_second", .double(prefill.median)), ("prefill", prefill.json(Self.percents)),
            ("decode_tokens_per_second", .double(decode.median)), ("decode", decode.json(Self.percents)),
            ("weight_bytes_per_second", .double(weights.median)),
            ("kv_bytes_per_second", .double(cache.median)),
            ("bytes_per_second", .double(weights.median + cache.median)),
            ("read_bandwidth", .double(readBandwidth)), ("share_of_bandwidth", .double(share)),
            ("round_shares_of_bandwidth", .array(roundShares.map(JSONValue.double))),
            ("memory", traffic.memoryJSON(memory)),
        ])
    }

    /// The result as a table.
    var text: String {
        let rows: [(String, Summary, Int)] = [
            ("latency (s)", latency, 3), ("time to first token (ms)", firstToken, 1),
            ("inter-token latency (ms)", interToken, 2), ("prefill (tokens/s)", prefill, 1),
            ("decode (tokens/s)", decode, 1),
        ]
        let title = "batch \(batchSize): \(lengths.input) tokens in, \(lengths.output) out, \(rounds.count) rounds"
        var lines = [row(title, ["median", "p10", "p90", "p99"])]
        for (name, summary, digits) in rows {
            let values = [50, 10, 90, 99].map { String(format: "%.\(digits)f", summary.percentile($0)) }
            lines.append(row("  " + name, values))
        }
        func percent(_ value: Double) -> String { "\(Int((100 * value).rounded())) %" }
        func gigabytes(_ value: Double) -> String { String(format: "%.1f", value / 1e9) }
        lines.append(
            "  decode reads \(gigabytes(weights.median)) GB/s of weights and \(gigabytes(cache.median)) GB/s of keys and "
                + "values: \(percent(share)) of the \(gigabytes(readBandwidth)) GB/s that can be read, "
                + "\(percent(Summary(roundShares).median)) of what could be read around each round"
        )
        return lines.joined(separator: "\n")
    }

    private func row(_ name: String, _ values: [String]) -> String {
        let padded = values.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }
        return name + String(repeating: " ", count: max(1, 44 - name.count)) + padded.joined()
    }
}
