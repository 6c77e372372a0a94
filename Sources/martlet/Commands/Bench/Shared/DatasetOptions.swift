import ArgumentParser
import Foundation
import MartletTokenizers

/// Which prompts are sent: vLLM's names.
struct DatasetOptions: ParsableArguments {
    /// What `--dataset-name` may be.
    enum Name: String, ExpressibleByArgument, CaseIterable {
        case random, sharegpt, custom, lines

        /// How a file of it is read; `nil` for prompts without a file.
        var format: DatasetFormat? { DatasetFormat(rawValue: rawValue) }
    }

    @Option(
        help: """
            Prompts: random, sharegpt (JSON array of conversations), custom (JSON lines with "prompt" and perhaps \
            "output_tokens"), lines (one prompt per line). Default: random, or what the file of --dataset-path is.
            """
    )
    var datasetName: Name?

    @Option(help: "File of prompts.")
    var datasetPath: String?

    @Option(help: "Number of prompts to process.")
    var numPrompts = 1000

    @Option(help: "Tokens of each random prompt; the same as --random-input-len.")
    var inputLen: Int?

    @Option(help: "Tokens of each completion, whatever the dataset says.")
    var outputLen: Int?

    @Option(help: "Tokens of each random prompt.")
    var randomInputLen = 1024

    @Option(help: "Tokens of each completion of random prompts.")
    var randomOutputLen = 128

    @Option(help: "Random lengths lie in length x (1 - ratio) to length x (1 + ratio); in [0, 1).")
    var randomRangeRatio = 0.0

    @Option(
        name: [.customLong("random-prefix-len"), .customLong("prefix-len")],
        help: "Tokens that all random prompts begin with, in addition to their length."
    )
    var randomPrefixLen = 0

    @Option(help: "Tokens of each completion of sharegpt prompts (default: those of the conversation's answer).")
    var sharegptOutputLen: Int?

    @Option(
        parsing: .unconditional,
        help: "Tokens of each completion of custom prompts; -1 for the dataset's output_tokens."
    )
    var customOutputLen = 256

    @Flag(help: "Take prompts in the order of the file.")
    var disableShuffle = false

    @Flag(help: "Do not repeat prompts where the file has fewer than --num-prompts.")
    var noOversample = false

    func validate() throws {
        let counts = [
            ("--num-prompts", numPrompts), ("--input-len", inputLen ?? 1), ("--output-len", outputLen ?? 1),
            ("--random-input-len", randomInputLen), ("--random-output-len", randomOutputLen),
            ("--sharegpt-output-len", sharegptOutputLen ?? 1),
        ]
        for (name, value) in counts where !(1...1 << 24).contains(value) {
            throw ValidationError("\(name) \(value): expected 1 to \(1 << 24)")
        }
        guard (0..<1).contains(randomRangeRatio) else {
            throw ValidationError("--random-range-ratio \(randomRangeRatio): expected a number in [0, 1)")
        }
        guard (0...1 << 24).contains(randomPrefixLen) else {
            throw ValidationError("--random-prefix-len \(randomPrefixLen): expected 0 to \(1 << 24)")
        }
        guard customOutputLen == -1 || customOutputLen > 0 else {
            throw ValidationError("--custom-output-len \(customOutputLen): expected 1 or more, or -1")
        }
        if let name = datasetName, name != .random, datasetPath == nil {
            throw ValidationError("--dataset-name \(name.rawValue) needs --dataset-path")
        }
        if datasetName == .random, datasetPath != nil {
            throw ValidationError("--dataset-path has no effect with --dataset-name random")
        }
    }

    /// Whether prompts are random.
    var isRandom: Bool { datasetPath == nil }

    /// The lengths of random prompts and completions.
    func randomLengths(using random: inout SeededRandom) -> [(input: Int, output: Int)] {
        (0..<numPrompts).map { _ in
            (
                random.length(around: inputLen ?? randomInputLen, ratio: randomRangeRatio),
                random.length(around: outputLen ?? randomOutputLen, ratio: randomRangeRatio)
            )
        }
    }

    /// The prompts of the file, shuffled and repeated as the flags say, each with the length to generate.
    ///
    /// - Parameters:
    ///   - random: shuffles.
    ///   - tokenCount: the number of tokens of a text.
    /// - Returns: the prompts; none without a file.
    /// - Throws: `BenchError` where the file cannot be used.
    func filePrompts(using random: inout SeededRandom, tokenCount: (String) -> Int) throws -> [DatasetPrompt] {
        guard let datasetPath else { return [] }
        var (format, prompts) = try DatasetFormat.read(datasetPath, as: datasetName?.format, tokenCount: tokenCount)
        if !disableShuffle { prompts.shuffle(using: &random) }
        let count = noOversample ? min(numPrompts, prompts.count) : numPrompts
        return try (0..<count).map { number in
            var prompt = prompts[number % prompts.count]
            prompt.outputLength = try outputLength(of: prompt, format, path: datasetPath)
            return prompt
        }
    }

    private func outputLength(of prompt: DatasetPrompt, _ format: DatasetFormat, path: String) throws -> Int {
        if let outputLen { return outputLen }
        if format == .sharegpt, let length = sharegptOutputLen ?? prompt.outputLength { return length }
        if customOutputLen > 0 { return customOutputLen }
        guard let length = prompt.outputLength, length > 0 else {
            throw BenchError.dataset(path: path, reason: "--custom-output-len -1 needs output_tokens with each prompt")
        }
        return length
    }
}
