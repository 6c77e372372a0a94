import ArgumentParser
import Foundation
import Martlet
import MartletCPUBackend
import MartletEngine
import MartletJSON
import MartletTokenizers

struct BenchLatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Benchmark the latency of a single batch of requests.",
        discussion: """
            Every round generates with random token ids and without a prefix cache. The bytes of weights and of keys and \
            values that a token needs are set beside the memory's read bandwidth, measured between the rounds with as \
            many threads: nothing that reads them from memory is faster.
            """
    )

    @OptionGroup var source: BenchModelOptions

    @OptionGroup(title: "Model and engine") var engine: EngineOptions

    @Option(help: "Tokens of each prompt.")
    var inputLen = 32

    @Option(help: "Tokens of each completion.")
    var outputLen = 64

    @Option(parsing: .upToNextOption, help: "Requests at once; several values are measured in turn.")
    var batchSize: [Int] = [1, 16]

    @Option(help: "Rounds of each batch size that are not counted.")
    var numItersWarmup = 1

    @Option(help: "Rounds of each batch size.")
    var numIters = 5

    @Flag(help: "Print one JSON object per batch size.")
    var json = false

    @Option(help: "File for the results in JSON: an object, or an array of them for several batch sizes.")
    var outputJson: String?

    func validate() throws {
        guard inputLen > 0, outputLen > 1, numIters > 0, numItersWarmup >= 0, batchSize.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("lengths, batch sizes and rounds must be positive, --output-len at least 2")
        }
        guard inputLen <= 1 << 24, outputLen <= 1 << 24, batchSize.allSatisfy({ $0 <= 1 << 16 }) else {
            throw ValidationError("lengths up to 16777216 and batch sizes up to 65536 can be measured")
        }
    }

    func run() async throws {
        var options = try engine.modelOptions()
        options.isPrefixCachingEnabled = false
        options.maxModelLength = options.maxModelLength ?? inputLen + outputLen
        // a cache of just the largest batch is touched as a whole, so that the rest of the memory can be told
        let largest = batchSize.max() ?? 1
        options.maxSequences =
            engine.maxNumSeqs == EngineOptions.defaultMaxNumSeqs ? largest : max(options.maxSequences, largest)
        options.maxWaitingRequests = max(options.maxWaitingRequests, largest)
        let loaded = try await source.load(engine, options)
        try await loaded.start()
        loaded.waitUntilSettled()

        var bandwidth = Optional(try ReadBandwidth(threads: loaded.threadCount))
        var before = bandwidth?.measure() ?? 0
        var best = before
        var results: [(Int, [LatencyRound])] = []
        for size in batchSize {
            var rounds: [LatencyRound] = []
            for iteration in -numItersWarmup..<numIters {
                let requests = try await round(loaded, size: size, iteration: iteration)
                let after = bandwidth?.measure(passes: 2) ?? 0
                if iteration >= 0 {
                    rounds.append(LatencyRound(requests: requests, readBandwidth: (before + after) / 2))
                }
                (before, best) = (after, max(best, after))
            }
            results.append((size, rounds))
        }
        // its memory is not the model's
        bandwidth = nil
        let memory = ProcessMemory.current()
        await loaded.engine.stop()

        let traffic = try ModelTraffic(loaded)
        let reports = results.map { size, rounds in
            LatencyReport(
                batchSize: size,
                lengths: (inputLen, outputLen),
                rounds: rounds,
                traffic: traffic,
                readBandwidth: best,
                memory: memory
            )
        }
        for report in reports { Terminal.line(json ? JSONValue.object(report.json).serialized : report.text) }
        if !json { Terminal.line(traffic.memoryText(memory)) }
        if let outputJson {
            let values = reports.map { JSONValue.object($0.json) }
            try JSONFile.write(values.count == 1 ? values[0] : .array(values), to: outputJson)
        }
    }

    private func round(_ model: LoadedModel, size: Int, iteration: Int) async throws -> [TokenTimes] {
        let seed = (engine.seed ?? 0) &+ UInt64(bitPattern: Int64(iteration * 65_537 + size))
        var random = SeededRandom(seed: seed)
        let prompts = (0..<size).map { _ in
            RandomPrompt.tokens(inputLen, vocabularySize: model.vocabularySize, using: &random)
        }
        let run = OfflineRun(model: model)
        let requests = run.requests(
            prompts,
            outputLengths: Array(repeating: outputLen, count: size),
            name: "latency-\(size)-\(iteration)"
        )
        return try await run.run(requests)
    }
}
