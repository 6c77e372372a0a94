import ArgumentParser
import Foundation
import Martlet
import MartletCPUBackend
import MartletEngine
import MartletJSON
import MartletTokenizers

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a model's speed in this process.",
        subcommands: [BenchLatencyCommand.self]
    )
}

struct BenchLatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Time prompts and completions of fixed length, one or several at once.",
        discussion: """
            Every round generates with random token ids and without a prefix cache. The decode speed is set beside the
            memory's read bandwidth, measured before and after the rounds: one stream cannot read its weights faster.
            """
    )

    @Argument(help: "Folder or hub id of the model (default: the one that ships with the program).")
    var model: String?

    @OptionGroup var engine: EngineOptions

    @Option(help: "Tokens of each prompt.")
    var inputLen = 32

    @Option(help: "Tokens of each completion.")
    var outputLen = 64

    @Option(parsing: .upToNextOption, help: "Requests at once; several values are measured in turn.")
    var batchSize: [Int] = [1, 16]

    @Option(help: "Rounds of each batch size.")
    var numIters = 3

    @Flag(help: "Print one JSON object per batch size.")
    var json = false

    func run() async throws {
        guard inputLen > 0, outputLen > 1, numIters > 0, batchSize.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("lengths, batch sizes and rounds must be positive, --output-len at least 2")
        }
        var options = try engine.modelOptions()
        options.isPrefixCachingEnabled = false
        options.maxModelLength = options.maxModelLength ?? inputLen + outputLen
        options.maxSequences = max(options.maxSequences, batchSize.max() ?? 1)
        let folder = try await ModelLocation.resolve(model, modelDirectory: nil, options: engine)
        let loaded = try LoadedModel(folder: folder, options: options)
        try await loaded.start()
        loaded.waitUntilSettled()
        let bandwidth = try ReadBandwidth(threads: options.threadCount ?? loaded.threadCount)
        var best = bandwidth.measure()
        var results: [(Int, Round)] = []
        for size in batchSize {
            var rounds: [Round] = []
            for iteration in 0..<numIters {
                rounds.append(try await round(loaded, size: size, seed: UInt64(iteration * 1000 + size)))
            }
            results.append((size, rounds.sorted { $0.decodeSeconds < $1.decodeSeconds }[rounds.count / 2]))
            best = max(best, bandwidth.measure())
        }
        for (size, round) in results { report(size, round, loaded, bandwidth: best) }
        await loaded.engine.stop()
    }

    /// Medians are taken over rounds; a round's times are those of its slowest request.
    struct Round {
        var firstTokenSeconds: Double
        var decodeSeconds: Double
    }

    private func round(_ model: LoadedModel, size: Int, seed: UInt64) async throws -> Round {
        var generator = SplitMix(state: seed)
        let limit = UInt64(model.vocabularySize)
        let requests = (0..<size).map { number in
            var parameters = SamplingParameters()
            parameters.temperature = 0
            parameters.ignoreEOS = true
            parameters.maxTokens = outputLen
            let prompt = (0..<inputLen).map { _ in TokenID(Int32(truncatingIfNeeded: generator.next() % limit)) }
            return GenerationRequest(
                id: RequestID("bench-\(seed)-\(number)"),
                promptTokenIDs: prompt,
                parameters: parameters
            )
        }
        let clock = ContinuousClock()
        let start = clock.now
        return try await withThrowingTaskGroup(of: (Double, Double).self) { group in
            for request in requests {
                let events = try model.engine.submit(request)
                group.addTask {
                    var first = start
                    var last = start
                    for await event in events where event.outputs.contains(where: { !$0.tokens.isEmpty }) {
                        last = clock.now
                        if first == start { first = last }
                    }
                    return ((first - start) / .seconds(1), (last - start) / .seconds(1))
                }
            }
            var (firsts, lasts): ([Double], [Double]) = ([], [])
            for try await (first, last) in group {
                firsts.append(first)
                lasts.append(last)
            }
            let first = firsts.max() ?? 0
            return Round(firstTokenSeconds: first, decodeSeconds: (lasts.max() ?? 0) - first)
        }
    }

    private func report(_ size: Int, _ round: Round, _ model: LoadedModel, bandwidth: Double) {
        let decode = Double(size * (outputLen - 1)) / round.decodeSeconds
        let prefill = Double(size * inputLen) / round.firstTokenSeconds
        let weightBytes = Double(model.memoryPlan.weightByteCount)
        let read = weightBytes * decode / Double(size)
        if json {
            let object = JSONObject([
                ("batch_size", .integer(size)), ("prefill_tokens_per_second", .double(prefill)),
                ("decode_tokens_per_second", .double(decode)), ("weight_bytes_per_second", .double(read)),
                ("read_bandwidth", .double(bandwidth)), ("share_of_bandwidth", .double(read / bandwidth)),
            ])
            return Terminal.line(JSONValue.object(object).serialized)
        }
        let parts = [
            "batch \(size):", "prefill", String(format: "%.1f", prefill), "tokens/s, decode",
            String(format: "%.1f", decode),
            "tokens/s, weights at", String(format: "%.1f", read / 1e9), "of", String(format: "%.1f", bandwidth / 1e9),
            "GB/s (\(Int((100 * read / bandwidth).rounded())) %)",
        ]
        Terminal.line(parts.joined(separator: " "))
    }
}

/// A small generator with a seed (SplitMix64), for prompts that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
