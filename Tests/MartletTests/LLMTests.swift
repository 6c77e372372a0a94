import Foundation
import Martlet
import MartletEngine
import MartletTestSupport
import MartletTokenizers
import Testing

/// The default model in this process.
@Suite struct LLMTests {
    private static let folder = Fixtures.repository.appending(path: "Models/martlet-mini")
    private static let shared = Task { try await LLM(folder: folder) }
    private static let capital = [ChatMessage(role: "user", content: "What is the capital of France?")]
    private static let prompts = ["San Francisco is a", "The capital of Italy is", "Once upon a time", "1 2 3 4"]

    private static func sampling(_ maxTokens: Int = 16, _ change: (inout SamplingOptions) -> Void = { _ in })
        -> SamplingOptions
    {
        var sampling = SamplingOptions()
        sampling.temperature = 0
        sampling.maxTokens = maxTokens
        change(&sampling)
        return sampling
    }

    @Test func answersAQuestion() async throws {
        let llm = try await Self.shared.value
        let answer = try await llm.chat(Self.capital, sampling: Self.sampling(40))
        #expect(answer.text.contains("Paris"))
        #expect(answer.finishReason == .stop)
        #expect(answer.promptTokenCount > 8)
        // the end token counts and has no text
        #expect(!answer.text.contains("<|im_end|>"))
    }

    @Test func completionsSatisfyTheirGrammar() async throws {
        let llm = try await Self.shared.value
        let sources: [(OutputGrammar.Source, Regex<AnyRegexOutput>)] = [
            (.choices(["yes", "no"]), try Regex("yes|no")), (.regex("[a-c]{3}-[0-9]"), try Regex("[a-c]{3}-[0-9]")),
            (.ebnf("root ::= \"<\" [x-z] \">\""), try Regex("<[x-z]>")),
            (.jsonSchema(#"{"enum": [1, true, "é"]}"#), try Regex("1(\\.0)?|true|\"é\"")),
        ]
        for (source, pattern) in sources {
            let grammar = try await llm.grammar(source)
            #expect(try await llm.grammar(source) == grammar)
            let sampling = Self.sampling(40) { sampling in
                sampling.temperature = 1
                sampling.grammar = grammar
            }
            for completion in try await llm.generate(Self.prompts, sampling: sampling) {
                #expect(completion.text.wholeMatch(of: pattern) != nil, "\(completion.text)")
                #expect(completion.finishReason == .stop)
            }
        }
        for wrong in [OutputGrammar.Source.regex("("), .jsonSchema("{"), .choices([]), .jsonSchema(#"{"type": "no"}"#)]
        {
            await #expect(throws: (any Error).self) { try await llm.grammar(wrong) }
        }
    }

    @Test func aBatchEqualsSingleRequests() async throws {
        let llm = try await Self.shared.value
        let batch = try await llm.generate(Self.prompts, sampling: Self.sampling())
        #expect(batch.count == Self.prompts.count)
        for (prompt, completion) in zip(Self.prompts, batch) {
            let single = try await llm.generate([prompt], sampling: Self.sampling())
            #expect(single == [completion])
            #expect(completion.promptTokenCount == llm.tokenize(prompt).count)
        }
    }

    @Test func concurrentTasksGetTheSameTokens() async throws {
        let llm = try await Self.shared.value
        let sampling = Self.sampling(24) {
            $0.temperature = 0.8
            $0.seed = 7
        }
        let alone = try await llm.chat(Self.capital, sampling: sampling)
        let together = try await withThrowingTaskGroup(of: Completion.self) { group in
            for index in 0..<12 {
                group.addTask {
                    if index.isMultiple(of: 3) { return try await llm.chat(Self.capital, sampling: sampling) }
                    _ = try await llm.generate([Self.prompts[index % 4]], sampling: Self.sampling(index + 1))
                    return alone
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for completion in together { #expect(completion == alone) }
    }

    @Test func piecesAddUp() async throws {
        let llm = try await Self.shared.value
        let sampling = Self.sampling(30) { $0.logprobs = 2 }
        let whole = try await llm.chat(Self.capital, sampling: sampling)
        var text = ""
        var tokenIDs: [Int] = []
        var logprobs: [Float] = []
        var reasons: [Completion.FinishReason] = []
        for await piece in try llm.streamChat(Self.capital, sampling: sampling) {
            #expect(reasons.isEmpty)
            text += piece.text
            tokenIDs += piece.tokenIDs
            logprobs += piece.logprobs
            if let reason = piece.finishReason { reasons.append(reason) }
        }
        #expect(text == whole.text)
        #expect(tokenIDs == whole.tokenIDs)
        #expect(logprobs == whole.logprobs && logprobs.count == tokenIDs.count)
        #expect(logprobs.allSatisfy { $0 <= 0 })
        #expect(reasons == [whole.finishReason])
    }

    @Test func samplingOptionsReachTheEngine() async throws {
        let llm = try await Self.shared.value
        func text(_ change: (inout SamplingOptions) -> Void) async throws -> Completion {
            try await llm.generate(["San Francisco is a"], sampling: Self.sampling(12, change))[0]
        }
        let greedy = try await text { _ in }
        #expect(greedy.finishReason == .length || greedy.tokenIDs.count < 12)
        // only the likeliest token is left
        #expect(try await text { ($0.temperature, $0.topK) = (1, 1) } == greedy)
        #expect(try await text { ($0.temperature, $0.topP) = (1, 1e-6) } == greedy)
        #expect(try await text { ($0.temperature, $0.minP) = (1, 1) } == greedy)
        let hot = try await text { ($0.temperature, $0.seed) = (3, 1) }
        #expect(hot != greedy)
        #expect(try await text { ($0.temperature, $0.seed) = (3, 1) } == hot)
        #expect(try await text { ($0.temperature, $0.seed) = (3, 2) } != hot)
        let long = try await text {
            $0.maxTokens = 200
            $0.ignoreEOS = true
        }
        #expect(long.tokenIDs.count == 200 && long.finishReason == .length)
        let stop = String(greedy.text.dropFirst(4).prefix(3))
        let stopped = try await text { $0.stop = [stop] }
        #expect(stopped.finishReason == .stop)
        #expect(greedy.text.hasPrefix(stopped.text) && !stopped.text.contains(stop))
        #expect(try await text { $0.frequencyPenalty = 2 }.tokenIDs.first == greedy.tokenIDs.first)
        #expect(try await text { ($0.repetitionPenalty, $0.maxTokens) = (2, 60) }.tokenIDs.count > 0)
    }

    @Test func defaultsComeFromTheModel() async throws {
        let llm = try await Self.shared.value
        #expect(llm.defaultSampling.temperature == 0.7)
        #expect(llm.defaultSampling.topK == 20)
        #expect(llm.defaultSampling.topP == 0.9)
        #expect(llm.maxModelLength == 1024)
    }

    @Test func theContextIsTheLimit() async throws {
        var options = ModelOptions()
        options.maxModelLength = 32
        let llm = try await LLM(folder: Self.folder, options: options)
        let sampling = Self.sampling {
            $0.maxTokens = nil
            $0.ignoreEOS = true
        }
        let completion = try await llm.generate(["San Francisco is a"], sampling: sampling)[0]
        #expect(completion.finishReason == .length)
        #expect(completion.promptTokenCount + completion.tokenIDs.count == 32)
        await #expect(throws: EngineError.self) {
            try await llm.generate([String(repeating: "word ", count: 60)], sampling: sampling)
        }
        await #expect(throws: EngineError.self) { try await llm.generate([""], sampling: sampling) }
    }

    @Test func missingFoldersAreNamed() async throws {
        let error = await #expect(throws: LoadError.self) {
            try await LLM(folder: URL(filePath: "/nowhere/at-all"))
        }
        #expect(error?.description.contains("/nowhere/at-all") == true)
    }

    @Test(arguments: ["--max-num-seqs", "--block-size", "--max-model-len", "--gpu-memory-utilization", "--threads"])
    func impossibleOptionsAreNamed(flag: String) async throws {
        var options = ModelOptions()
        switch flag {
        case "--max-num-seqs": options.maxSequences = 0
        case "--block-size": options.blockSize = -1
        case "--max-model-len": options.maxModelLength = 0
        case "--threads": options.threadCount = 0
        default: options.memoryUtilization = 1.5
        }
        let error = await #expect(throws: LoadError.self) { try await LLM(folder: Self.folder, options: options) }
        guard case .option(let name, _, _)? = error else {
            Issue.record("\(String(describing: error)) is about no option")
            return
        }
        #expect(name == flag)
    }
}
