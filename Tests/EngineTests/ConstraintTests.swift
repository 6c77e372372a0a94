import MartletEngine
import MartletGrammars
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Completions under a grammar: every one satisfies it, ends where it may, and is the same however it is scheduled.
@Suite struct ConstraintTests {
    /// A token per printable character from 32 on, then some of several characters; the last one ends a text.
    private static let texts: [String] =
        (32..<127).map { String(UnicodeScalar(UInt8($0))) } + ["yes", "no", "12", "\": ", "end"]
    private static var end: Int { texts.count }
    private static let vocabulary = TokenVocabulary(
        tokens: texts.map { Array($0.utf8) } + [[]],
        endTokens: [TokenID(Int32(end))]
    )

    private static func text(_ tokens: [Int32]) -> String {
        tokens.filter { $0 != end }.map { texts[Int($0)] }.joined()
    }

    private static func engine(_ configuration: EngineConfiguration = .test()) throws -> (Engine, FakeModel) {
        let model = FakeModel(vocabularySize: texts.count + 1)
        return (try Engine(model: model, backend: HostBackend(), configuration: configuration), model)
    }

    private static func request(
        _ name: String,
        _ source: GrammarSource,
        choices: Int = 1,
        opening: [TokenID] = [],
        _ change: (inout SamplingParameters) -> Void = { _ in }
    ) throws -> GenerationRequest {
        var request = GenerationRequest.test(name, [1, 2, 3], choices: choices, eos: [Int32(end)]) { parameters in
            parameters.maxTokens = 60
            parameters.seed = 11
            parameters.temperature = 1
            change(&parameters)
        }
        let grammar = try CompiledGrammar(source, vocabulary: vocabulary)
        request.constraint = OutputConstraint(grammar: grammar, opening: opening)
        return request
    }

    @Test func sampledChoicesSatisfyTheGrammar() async throws {
        let (engine, _) = try Self.engine()
        let request = try Self.request("a", .regex("(yes|no)(, [0-9]{2,4}){1,3}"), choices: 16)
        let (completions, violations) = try await complete(engine, [request])
        #expect(violations.isEmpty)
        for completion in completions[0] {
            let text = Self.text(completion.tokens)
            #expect(text.wholeMatch(of: /(yes|no)(, [0-9]{2,4}){1,3}/) != nil, "\(text)")
            #expect(completion.reason == .stop)
        }
        #expect(Set(completions[0].map(\.tokens)).count > 8)
    }

    @Test func greedyChoiceSatisfiesTheGrammar() async throws {
        let (engine, _) = try Self.engine()
        let request = try Self.request("a", .choices(["red", "green", "blue"])) { $0.temperature = 0 }
        let (completions, _) = try await complete(engine, [request])
        #expect(["red", "green", "blue"].contains(Self.text(completions[0][0].tokens)))
        #expect(completions[0][0].tokens.last == Int32(Self.end))
    }

    @Test func tokensThatAreCertainNeedNoStep() async throws {
        let (engine, model) = try Self.engine()
        // 40 characters without a choice, and the end
        let request = try Self.request("a", .choices([String(repeating: "abcd", count: 10)]))
        let first = try await complete(engine, [request]).completions[0][0]
        let firstSteps = model.tokenCounts.count
        let second = try await complete(engine, [request]).completions[0][0]
        #expect(first == second)
        #expect(first.tokens.count == 41)
        #expect(first.reason == .stop)
        #expect(firstSteps <= 41)
        #expect(model.tokenCounts.count - firstSteps <= 4)
    }

    @Test func certainTokensChangeNoOtherTokens() async throws {
        let source = GrammarSource.regex("(abcdefgh[0-9]){4}")
        let forced = try await complete(Self.engine().0, [Self.request("a", source)]).completions[0][0]
        // log-probabilities want every step
        let stepped = try await complete(Self.engine().0, [Self.request("a", source) { $0.logprobs = 0 }])
        #expect(forced.tokens == stepped.completions[0][0].tokens)
    }

    @Test func certainTokensSurvivePreemption() async throws {
        let source = GrammarSource.regex("(abcdefgh[0-9]){5}")
        let requests = try (0..<6).map { index in
            try Self.request("r\(index)", source) { $0.seed = Int64(index) }
        }
        let wide = try await complete(Self.engine().0, requests)
        let narrow = try await complete(
            Self.engine(.test(maxModelLength: 64, maxSequences: 6, maxBatchedTokens: 12, blockCount: 30)).0,
            requests
        )
        #expect(wide.violations.isEmpty)
        #expect(narrow.violations.isEmpty)
        #expect(wide.completions == narrow.completions)
        #expect(wide.completions.allSatisfy { $0[0].tokens.count == 46 })
    }

    @Test func grammarBeginsAfterItsOpening() async throws {
        let (engine, _) = try Self.engine()
        let opening = [TokenID(Int32(Self.texts.firstIndex(of: "x") ?? 0))]
        let request = try Self.request("a", .choices(["yes"]), opening: opening) { parameters in
            parameters.maxTokens = 200
            parameters.ignoreEOS = true
        }
        let completion = try await complete(engine, [request]).completions[0][0]
        let text = Self.text(completion.tokens)
        let parts = text.split(separator: "x", maxSplits: 1, omittingEmptySubsequences: false)
        #expect(parts.count == 2)
        #expect(parts.last == "yes")
        #expect(completion.reason == .stop)
    }

    @Test func endWaitsForTheGrammarAndTheGrammarForNothing() async throws {
        let (engine, _) = try Self.engine()
        let least = try Self.request("least", .choices(["no"])) { $0.minTokens = 20 }
        let ignoring = try Self.request("ignoring", .regex("[ab]{3,9}")) { $0.ignoreEOS = true }
        let short = try Self.request("short", .regex("a{30}")) { $0.maxTokens = 7 }
        let (completions, _) = try await complete(engine, [least, ignoring, short])
        // the grammar's end comes before the least length
        #expect(Self.text(completions[0][0].tokens) == "no")
        #expect(completions[0][0].reason == .stop)
        #expect(Self.text(completions[1][0].tokens).count == 9)
        #expect(completions[1][0].reason == .stop)
        #expect(Self.text(completions[2][0].tokens) == "aaaaaaa")
        #expect(completions[2][0].reason == .length)
    }

    @Test func thinkingEndsWithItsBudget() async throws {
        let (engine, model) = try Self.engine()
        let less = TokenID(Int32(Self.texts.firstIndex(of: "<") ?? 0))
        let greater = TokenID(Int32(Self.texts.firstIndex(of: ">") ?? 0))
        for (budget, isOpen) in [(0, true), (7, true), (500, true), (3, false)] {
            var request = try Self.request("b\(budget)", .choices(["yes"]), opening: [greater, less]) {
                $0.ignoreEOS = true
            }
            request.thinkingBudget = ThinkingBudget(
                tokenCount: budget,
                opening: [less, less],
                closing: [greater, less],
                isOpen: isOpen
            )
            let completion = try await complete(engine, [request]).completions[0][0]
            let text = Self.text(completion.tokens)
            guard isOpen, budget < 60 else { continue }
            #expect(completion.tokens.count == budget + 2 + 3 || text.hasSuffix("><yes"))
            #expect(text.hasSuffix("><yes"), "\(text)")
            #expect(completion.tokens.count <= budget + 2 + 4)
        }
        #expect(!model.tokenCounts.isEmpty)
    }

    @Test func contradictionEndsThatChoiceAlone() async throws {
        let (engine, _) = try Self.engine()
        let contradictory = try Self.request("a", .choices(["yes"])) { $0.allowedTokenIDs = [0] }
        let plain = try Self.request("b", .choices(["no"]))
        let (completions, _) = try await complete(engine, [contradictory, plain])
        #expect(completions[0][0].reason == .error)
        #expect(Self.text(completions[1][0].tokens) == "no")
    }

    @Test func threadedEngineGivesTheSame() async throws {
        let source = GrammarSource.jsonSchema([
            "type": "object", "properties": ["a": ["type": "integer"], "b": ["enum": ["yes", "no"]]],
            "required": ["a", "b"], "additionalProperties": false,
        ])
        let requests = try (0..<8).map { index in try Self.request("r\(index)", source) { $0.seed = Int64(index) } }
        let alone = try await complete(Self.engine().0, requests).completions
        let (engine, _) = try Self.engine()
        engine.start()
        var together: [[Completion]] = []
        for stream in try engine.submit(requests) { together.append(await collect(stream, choices: 1)) }
        await engine.stop()
        #expect(together == alone)
    }
}
