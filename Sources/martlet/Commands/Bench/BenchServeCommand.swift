import ArgumentParser
import Foundation
import MartletJSON
import MartletTokenizers

struct BenchServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Benchmark the online serving throughput of a server with an OpenAI-compatible API.",
        discussion: """
            Sends streaming requests and measures time to first token (TTFT), time per output token (TPOT), inter-token \
            latency (ITL) and end-to-end latency (E2EL). Tokens are counted by the server's `usage`, or by the chunks \
            with text where it gives none. Random prompts have exactly the length asked for with --tokenizer; without \
            one they are made of words, as many as the server's count of a first request calls for.
            """
    )

    @OptionGroup(title: "Server and requests") var load: LoadOptions

    @OptionGroup(title: "Prompts") var dataset: DatasetOptions

    @Option(help: "Folder of the model's tokenizer, for prompts of exact length.")
    var tokenizer: String?

    @Option(help: "Requests per second; inf sends all at once.")
    var requestRate = Double.infinity

    @Option(help: "Evenness of the arrivals: 1 is a Poisson process, less is burstier, more is more even.")
    var burstiness = 1.0

    @Option(help: "Most requests under way at a time.")
    var maxConcurrency: Int?

    @Option(help: "Requests sent before the measurement, beside the first one.")
    var numWarmups = 0

    @Option(help: "Seconds to wait for a server that does not answer yet.")
    var readyCheckTimeoutSec = 0

    @Option(help: "Seed of prompts and arrivals.")
    var seed: UInt64 = 0

    @Option(help: "Latencies to report, of ttft, tpot, itl and e2el.")
    var percentileMetrics = "ttft,tpot,itl,e2el"

    @Option(help: "Percentiles of the latencies, for example 25,50,99.9.")
    var metricPercentiles = "99"

    @Option(
        parsing: .upToNextOption,
        help:
            "Most milliseconds of a good request, as KEY:VALUE with ttft, tpot or e2el; reports good requests per second."
    )
    var goodput: [String] = []

    @Flag(help: "Draw no progress bar.")
    var disableTqdm = false

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    @OptionGroup(title: "Result file") var result: ServeResultOptions

    func validate() throws {
        guard requestRate > 0 else {
            throw ValidationError("--request-rate \(requestRate): expected more than 0, or inf")
        }
        guard burstiness > 0 else { throw ValidationError("--burstiness \(burstiness): expected more than 0") }
        for (name, value) in [("--max-concurrency", maxConcurrency ?? 1), ("--num-warmups", numWarmups + 1)]
        where !(1...65_536).contains(value) {
            throw ValidationError("\(name): expected at most 65536, and at least 1 for --max-concurrency")
        }
        guard (0...86_400).contains(readyCheckTimeoutSec) else {
            throw ValidationError("--ready-check-timeout-sec \(readyCheckTimeoutSec): expected 0 to 86400")
        }
        _ = try (metrics, percents, limits)
    }

    private var metrics: [LatencyMetric] {
        get throws {
            try percentileMetrics.split(separator: ",").map { name in
                guard let metric = LatencyMetric(rawValue: name.trimmingCharacters(in: .whitespaces)) else {
                    throw ValidationError("--percentile-metrics \(name): expected ttft, tpot, itl or e2el")
                }
                return metric
            }
        }
    }

    private var percents: [Double] {
        get throws {
            try metricPercentiles.split(separator: ",").map { text in
                guard let value = Double(text.trimmingCharacters(in: .whitespaces)), (0...100).contains(value) else {
                    throw ValidationError("--metric-percentiles \(text): expected numbers from 0 to 100")
                }
                return value
            }
        }
    }

    private var limits: [LatencyMetric: Double] {
        get throws {
            try goodput.reduce(into: [:]) { limits, text in
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count == 2, let metric = LatencyMetric(rawValue: String(parts[0])), metric != .itl,
                    let limit = Double(parts[1]), limit >= 0
                else {
                    throw ValidationError("--goodput \(text): expected ttft:MS, tpot:MS or e2el:MS")
                }
                limits[metric] = limit
            }
        }
    }

    func run() async throws {
        let target = try await waitForServer { try await load.target() }
        let client = LoadClient(target: target)
        do {
            try await run(client)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    private func run(_ client: LoadClient) async throws {
        var random = SeededRandom(seed: seed)
        let source = try ServePrompts(dataset: dataset, tokenizerFolder: tokenizer)
        let probe = try source.probe(using: &random)
        let first = try await waitForServer {
            let outcome = await client.send(probe, since: .now)
            guard outcome.isSuccess else { throw BenchError.allRequestsFailed(outcome.error) }
            return outcome
        }
        let requests = try source.requests(probe: probe, outcome: first, using: &random)
        let arrivals = ArrivalTimes.draw(
            count: requests.count,
            rate: requestRate,
            burstiness: burstiness,
            using: &random
        )
        let showsProgress = !disableTqdm
        if numWarmups > 0 {
            let warmUps = Array(repeating: requests[0], count: numWarmups)
            let times = Array(repeating: 0.0, count: numWarmups)
            _ = try await ServeLoad(
                client: client,
                arrivals: times,
                maxConcurrency: maxConcurrency,
                showsProgress: showsProgress
            ).run(warmUps)
        }
        let (outcomes, duration) = try await ServeLoad(
            client: client,
            arrivals: arrivals,
            maxConcurrency: maxConcurrency,
            showsProgress: showsProgress
        ).run(requests)
        let measured = ServeMetrics(
            outcomes: outcomes,
            duration: duration,
            metrics: try metrics,
            percents: try percents,
            goodput: try limits,
            maxConcurrency: maxConcurrency,
            requestRate: requestRate
        )
        try report(measured, target: client.target)
        if let failed = outcomes.first(where: { !$0.isSuccess }), !outcomes.contains(where: \.isSuccess) {
            throw BenchError.allRequestsFailed(failed.error)
        }
    }

    private func report(_ measured: ServeMetrics, target: LoadTarget) throws {
        var object = JSONObject([
            ("date", .string(ServeResultOptions.date())), ("endpoint_type", .string(target.api.rawValue)),
            ("backend", .string(target.api.rawValue)), ("label", result.label.map { .string($0) } ?? .null),
            ("model_id", .string(load.model ?? target.model)),
            ("tokenizer_id", tokenizer.map { .string($0) } ?? .null),
            ("num_prompts", .integer(measured.outcomes.count)),
        ])
        for member in try result.metadataMembers { object[member.key] = member.value }
        object["request_rate"] = requestRate.isFinite ? .double(requestRate) : "inf"
        object["burstiness"] = .double(burstiness)
        object["max_concurrency"] = maxConcurrency.map { .integer($0) } ?? .null
        for member in measured.json { object[member.key] = member.value }
        if json {
            Terminal.line(JSONValue.object(object).serialized)
        } else {
            Terminal.line(measured.text)
        }
        if result.saveDetailed { for member in measured.details { object[member.key] = member.value } }
        try result.save(object, model: load.model ?? target.model, rate: requestRate, concurrency: maxConcurrency)
    }

    /// Tries until the server answers or the time for it is over.
    private func waitForServer<Result>(_ body: () async throws -> Result) async throws -> Result {
        let deadline = ContinuousClock.now + .seconds(readyCheckTimeoutSec)
        while true {
            do {
                return try await body()
            } catch {
                if ContinuousClock.now >= deadline { throw error }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}
