import ArgumentParser
import Foundation
import Martlet
import MartletEngine
import MartletJSON
import MartletTokenizers

struct BenchThroughputCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract: "Benchmark offline inference throughput.",
        discussion: """
            All prompts are given to the engine at once; it runs as many together as --max-num-seqs allows. Every \
            completion has exactly the length asked for. Loading the model and reading the prompts are not counted.
            """
    )

    @OptionGroup var source: BenchModelOptions

    @OptionGroup(title: "Prompts") var dataset: DatasetOptions

    @OptionGroup(title: "Model and engine") var engine: EngineOptions

    @Option(help: "Completions of each prompt.")
    var n = 1

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    @Option(help: "File for the result in JSON.")
    var outputJson: String?

    @Flag(help: "Draw no progress bar.")
    var disableTqdm = false

    func validate() throws {
        guard (1...1024).contains(n) else { throw ValidationError("--n \(n): expected 1 to 1024") }
    }

    func run() async throws {
        var random = SeededRandom(seed: engine.seed ?? 0)
        let folder = try await source.folder(engine)
        let prompts = try await prompts(folder, using: &random)
        let longest = prompts.map { $0.tokens.count + $0.outputLength }.max() ?? 1

        var options = try engine.modelOptions()
        options.maxModelLength = options.maxModelLength ?? longest
        options.maxWaitingRequests = max(options.maxWaitingRequests, prompts.count)
        let model = try await source.load(engine, options)
        try await model.start()
        model.waitUntilSettled()

        let run = OfflineRun(model: model)
        var requests = run.requests(
            prompts.map(\.tokens),
            outputLengths: prompts.map(\.outputLength),
            name: "throughput"
        )
        for index in requests.indices { requests[index].choiceCount = n }
        var progress = ProgressBar(total: requests.count, isEnabled: !disableTqdm)
        let start = ContinuousClock.now
        let times = try await run.run(requests) { _ in progress.advance() }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let memory = ProcessMemory.current()
        await model.engine.stop()
        try report(times, seconds: seconds, memory: try ModelTraffic(model).memoryJSON(memory))
    }

    /// The prompts as token ids, each with the length to generate.
    private func prompts(
        _ folder: URL,
        using random: inout SeededRandom
    ) async throws -> [(tokens: [TokenID], outputLength: Int)] {
        if dataset.isRandom {
            let vocabularySize = try BenchModelOptions.vocabularySize(of: folder)
            let prefix = RandomPrompt.tokens(
                dataset.randomPrefixLen,
                vocabularySize: vocabularySize,
                using: &random
            )
            return dataset.randomLengths(using: &random).map { lengths in
                let own = RandomPrompt.tokens(lengths.input, vocabularySize: vocabularySize, using: &random)
                return (prefix + own, lengths.output)
            }
        }
        let tokenizer = try TokenizerLoader.load(try await engine.tokenizerFolder() ?? folder.path)
        let prompts = try dataset.filePrompts(using: &random) { tokenizer.encode($0, addSpecialTokens: true).count }
        return try prompts.map { prompt in
            let tokens = tokenizer.encode(prompt.text, addSpecialTokens: true)
            guard !tokens.isEmpty else {
                throw BenchError.dataset(path: dataset.datasetPath ?? "", reason: "a prompt has no tokens")
            }
            return (tokens, prompt.outputLength ?? 1)
        }
    }

    private func report(_ times: [TokenTimes], seconds: Double, memory: JSONValue) throws {
        let promptTokens = times.reduce(0) { $0 + $1.promptTokenCount }
        let outputTokens = times.reduce(0) { $0 + $1.times.count }
        func rate(_ count: Int) -> Double { seconds > 0 ? Double(count) / seconds : 0 }
        let latencies = Summary(times.map(\.last))
        let object = JSONObject([
            ("elapsed_time", .double(seconds)), ("num_requests", .integer(times.count)),
            ("total_num_tokens", .integer(promptTokens + outputTokens)),
            ("requests_per_second", .double(rate(times.count))),
            ("tokens_per_second", .double(rate(promptTokens + outputTokens))),
            ("output_tokens_per_second", .double(rate(outputTokens))),
            ("total_prompt_tokens", .integer(promptTokens)), ("total_output_tokens", .integer(outputTokens)),
            ("completion_time", latencies.json([10, 50, 90, 99])), ("memory", memory),
        ])
        if let outputJson { try JSONFile.write(.object(object), to: outputJson) }
        if json { return Terminal.line(JSONValue.object(object).serialized) }
        func text(_ value: Double) -> String { String(format: "%.2f", value) }
        Terminal.line(
            "Throughput: \(text(rate(times.count))) requests/s, \(text(rate(promptTokens + outputTokens))) total tokens/s, "
                + "\(text(rate(outputTokens))) output tokens/s"
        )
        Terminal.line("Total num prompt tokens:  \(promptTokens)")
        Terminal.line("Total num output tokens:  \(outputTokens)")
    }
}
