import MartletEngine
import MartletModels
import MartletTensors
import MartletTestSupport
import MartletTokenizers
import Synchronization
import Testing

@Suite struct EngineTests {
    @Test func greedyFollowsTheModel() async throws {
        let prompt: [Int32] = [3, 1, 4, 1, 5]
        let engine = try makeEngine()
        let (completions, _) = try await complete(engine, [.test("a", prompt) { $0.maxTokens = 20 }])
        var history = prompt
        for token in completions[0][0].tokens {
            let logits = FakeModel.logits(history: history, vocabularySize: 64)
            #expect(Int(token) == logits.indices.max { logits[$0] < logits[$1] })
            history.append(token)
        }
        #expect(history.count == 25)
        #expect(completions[0][0].reason == .length)
    }

    @Test func choicesDrawWithConsecutiveSeeds() async throws {
        let sampled: (inout SamplingParameters) -> Void = {
            $0.temperature = 1
            $0.maxTokens = 12
        }
        let engine = try makeEngine()
        var together = GenerationRequest.test("all", [1, 2, 3, 4, 5, 6], choices: 4, sampled)
        together.parameters.seed = 40
        let (all, _) = try await complete(engine, [together])
        for choice in 0..<4 {
            var request = GenerationRequest.test("one", [1, 2, 3, 4, 5, 6], sampled)
            request.parameters.seed = 40 + Int64(choice)
            let (one, _) = try await complete(engine, [request])
            #expect(one[0][0] == all[0][choice])
        }
        #expect(Set(all[0].map(\.tokens)).count == 4)
    }

    @Test func choicesShareThePromptsFullBlocks() async throws {
        let backend = HostBackend()
        let model = FakeModel()
        let engine = try Engine(
            model: model,
            backend: backend,
            configuration: .test(blockSize: 4, blockCount: 64)
        )
        let request = GenerationRequest.test("n", numbers(18, below: 64, seed: 1), choices: 5) {
            $0.temperature = 1
            $0.seed = 1
            $0.maxTokens = 2
        }
        let (_, violations) = try await complete(engine, [request])
        #expect(violations.isEmpty)
        // four full blocks are shared, the fifth is copied for four of the choices
        #expect(backend.blockCopyCount == 4)
        // the prompt is computed once, then one token per choice
        #expect(model.tokenCounts == [18, 5])
    }

    @Test func endsForTheRightReason() async throws {
        let prompt: [Int32] = [7, 7]
        let engine = try makeEngine(.test(maxModelLength: 12))
        let (free, _) = try await complete(engine, [.test("free", prompt) { $0.maxTokens = 100 }])
        let tokens = free[0][0].tokens
        // the end of the context
        #expect(tokens.count == 10)
        #expect(free[0][0].reason == .length)
        let third = tokens[2]
        let firstPlace = tokens.firstIndex(of: third) ?? 0
        let (ended, _) = try await complete(
            engine,
            [
                .test("eos", prompt, eos: [third]) { $0.maxTokens = 100 },
                .test("ignored", prompt, eos: [third]) {
                    $0.maxTokens = 100
                    $0.ignoreEOS = true
                },
                .test("stop", prompt) {
                    $0.maxTokens = 100
                    $0.stopTokenIDs = [TokenID(rawValue: third)]
                },
                .test("max", prompt) { $0.maxTokens = 3 },
                .test("one", prompt) { $0.maxTokens = 1 },
            ]
        )
        #expect(ended[0][0].tokens == Array(tokens.prefix(firstPlace + 1)))
        #expect(ended[0][0].reason == .stop)
        #expect(ended[0][0].stopTokenID == nil)
        #expect(ended[1][0] == free[0][0])
        #expect(ended[2][0].tokens == Array(tokens.prefix(firstPlace + 1)))
        #expect(ended[2][0].stopTokenID == TokenID(rawValue: third))
        #expect(ended[3][0].tokens == Array(tokens.prefix(3)))
        #expect(ended[4][0].tokens == [tokens[0]])
    }

    @Test func minTokensHoldsBackTheEnd() async throws {
        let engine = try makeEngine()
        let all = (0..<64).map { Int32($0) }
        // every token but two ends the completion
        let request = GenerationRequest.test("min", [1], eos: Array(all.dropFirst(2))) {
            $0.minTokens = 6
            $0.maxTokens = 30
        }
        let (found, _) = try await complete(engine, [request])
        #expect(found[0][0].tokens.count >= 6)
        #expect(found[0][0].tokens.prefix(6).allSatisfy { $0 < 2 })
    }

    @Test func refusesWhatCannotBeMet() throws {
        let engine = try makeEngine(.test(maxModelLength: 16, maxSequences: 4))
        let cases: [(GenerationRequest, EngineError)] = [
            (.test("a", []), .emptyPrompt),
            (.test("a", numbers(16, below: 64, seed: 1)), .promptTooLong(tokenCount: 16, maximum: 15)),
            (.test("a", [64]), .tokenOutOfVocabulary(tokenID: 64, field: .prompt, vocabularySize: 64)),
            (.test("a", [-1]), .tokenOutOfVocabulary(tokenID: -1, field: .prompt, vocabularySize: 64)),
            (.test("a", [1], choices: 5), .invalidChoiceCount(5, maximum: 4)),
            (.test("a", [1], choices: 0), .invalidChoiceCount(0, maximum: 4)),
            (.test("a", [1]) { $0.allowedTokenIDs = [] }, .noTokenAllowed),
            (
                .test("a", [1]) { $0.allowedTokenIDs = [70] },
                .tokenOutOfVocabulary(tokenID: 70, field: .allowedTokenIDs, vocabularySize: 64)
            ),
            (
                .test("a", [1]) { $0.logitBias = [-2: 1] },
                .tokenOutOfVocabulary(tokenID: -2, field: .logitBias, vocabularySize: 64)
            ),
            (
                .test("a", [1]) { $0.stopTokenIDs = [64] },
                .tokenOutOfVocabulary(tokenID: 64, field: .stopTokenIDs, vocabularySize: 64)
            ),
            (
                .test("a", [1]) { $0.badWords = [[1, 99]] },
                .tokenOutOfVocabulary(tokenID: 99, field: .badWords, vocabularySize: 64)
            ),
        ]
        for (request, expected) in cases {
            #expect(throws: expected) { try engine.submit(request) }
        }
        #expect(engine.unfinishedRequestCount == 0)
    }

    @Test func refusesLimitsThatContradictEachOther() {
        #expect(
            throws: EngineError.invalidConfiguration(name: "maxModelLength", value: 256, minimum: 2, maximum: 40)
        ) { try makeEngine(.test(blockCount: 10)) }
        #expect(
            throws: EngineError.invalidConfiguration(name: "maxBatchedTokens", value: 9999, minimum: 1, maximum: 4096)
        ) { try makeEngine(.test(maxBatchedTokens: 9999)) }
    }

    @Test func boundsTheQueue() async throws {
        var configuration = EngineConfiguration.test(maxSequences: 1)
        configuration.maxWaitingRequests = 3
        let engine = try makeEngine(configuration)
        var streams: [GenerationEvents] = []
        streams.append(try engine.submit(.test("running", [1]) { $0.maxTokens = 5 }))
        _ = engine.step()
        for index in 0..<3 { streams.append(try engine.submit(.test("\(index)", [2]))) }
        #expect(throws: EngineError.queueFull(maximum: 3)) { try engine.submit(.test("one more", [2])) }
        #expect(throws: EngineError.duplicateRequest(RequestID("1"))) { try engine.submit(.test("1", [2])) }
        #expect(engine.statistics.fullQueueCount == 1 && engine.statistics.fullTokenQueueCount == 0)
        engine.abort(RequestID("1"))
        _ = engine.step()
        streams.append(try engine.submit(.test("1", [2])))
        while engine.unfinishedRequestCount > 0 { _ = engine.step() }
        var reasons: [FinishReason?] = []
        for stream in streams { reasons.append(await collect(stream, choices: 1)[0].reason) }
        #expect(reasons == [.length, .length, .abort, .length, .length])
        #expect(engine.waitingRequestCount == 0)
    }

    @Test func boundsTheTokensOfTheQueue() async throws {
        var configuration = EngineConfiguration.test(maxSequences: 1)
        configuration.maxWaitingTokens = 10
        let engine = try makeEngine(configuration)
        // with nothing else in the queue, a prompt of any length is taken on
        var streams = [try engine.submit(.test("long", Array(repeating: 1, count: 12)) { $0.maxTokens = 5 })]
        #expect(throws: EngineError.queueTokensFull(maximum: 10)) { try engine.submit(.test("a", [2])) }
        _ = engine.step()
        streams.append(try engine.submit(.test("a", Array(repeating: 2, count: 6))))
        #expect(throws: EngineError.queueTokensFull(maximum: 10)) {
            try engine.submit(.test("b", Array(repeating: 2, count: 5)))
        }
        streams.append(try engine.submit(.test("b", Array(repeating: 2, count: 4))))
        engine.abort(RequestID("a"))
        _ = engine.step()
        streams.append(try engine.submit(.test("c", Array(repeating: 2, count: 6))))
        while engine.unfinishedRequestCount > 0 { _ = engine.step() }
        var reasons: [FinishReason?] = []
        for stream in streams { reasons.append(await collect(stream, choices: 1)[0].reason) }
        #expect(reasons == [.length, .abort, .length, .length])
        // nothing is counted any more
        let more = [try engine.submit(.test("d", [2])), try engine.submit(.test("e", Array(repeating: 2, count: 9)))]
        #expect(throws: EngineError.queueTokensFull(maximum: 10)) { try engine.submit(.test("f", [2])) }
        #expect(more.count == 2)
    }

    @Test func forgetsPrefixes() async throws {
        let engine = try makeEngine(.test(maxSequences: 2))
        func cachedCount(_ name: String) async throws -> Int {
            let events = try engine.submit(.test(name, Array(repeating: 3, count: 40)) { $0.maxTokens = 2 })
            while engine.unfinishedRequestCount > 0 { _ = engine.step() }
            var count = 0
            for await event in events { count = event.cachedTokenCount }
            return count
        }
        #expect(try await cachedCount("first") == 0)
        #expect(try await cachedCount("second") > 0)
        engine.resetPrefixCache()
        #expect(try await cachedCount("third") == 0)
        #expect(try await cachedCount("fourth") > 0)
    }

    @Test func takesSeveralRequestsAllOrNone() async throws {
        var configuration = EngineConfiguration.test(maxSequences: 3)
        configuration.maxWaitingRequests = 3
        let engine = try makeEngine(configuration)
        func requests(_ names: String...) -> [GenerationRequest] {
            names.map { .test($0, [1, 2]) { $0.maxTokens = 3 } }
        }
        #expect(throws: EngineError.queueFull(maximum: 3)) { try engine.submit(requests("a", "b", "c", "d")) }
        #expect(throws: EngineError.duplicateRequest(RequestID("a"))) { try engine.submit(requests("a", "b", "a")) }
        #expect(throws: (any Error).self) { try engine.submit(requests("a") + [.test("no prompt", [])]) }
        #expect(engine.unfinishedRequestCount == 0 && engine.waitingRequestCount == 0)

        let streams = try engine.submit(requests("a", "b", "c"))
        while engine.unfinishedRequestCount > 0 { _ = engine.step() }
        var times: [[ContinuousClock.Instant]] = []
        for stream in streams {
            var own: [ContinuousClock.Instant] = []
            for await event in stream { own.append(event.time) }
            times.append(own)
        }
        // the same steps computed all three
        #expect(times[0].count == 3 && times[0] == times[0].sorted() && Set(times[0]).count == 3)
        #expect(times[1] == times[0] && times[2] == times[0])
    }

    @Test(arguments: [0, 1, 2, 3, 7, 12]) func abortsAtAnyMoment(steps: Int) async throws {
        // 40 prompt tokens in chunks of 8: waiting, in prefill, decoding
        let engine = try makeEngine(.test(maxSequences: 3, maxBatchedTokens: 8))
        let requests = (0..<3).map { index in
            GenerationRequest.test("\(index)", numbers(40, below: 64, seed: UInt64(index)), choices: 1 + index) {
                $0.temperature = 1
                $0.maxTokens = 20
            }
        }
        let streams = try requests.map { try engine.submit($0) }
        var violations: [String] = []
        for _ in 0..<steps { violations += engine.step() }
        for request in requests { engine.abort(request.id) }
        violations += engine.step()
        #expect(violations.isEmpty)
        #expect(engine.unfinishedRequestCount == 0)
        #expect(engine.statistics.kvCacheUsage == 0)
        for (index, stream) in streams.enumerated() {
            let completions = await collect(stream, choices: 1 + index)
            #expect(completions.allSatisfy { $0.reason == .abort })
        }
        #expect(engine.statistics.finishedCounts[.abort] == 6)
    }

    @Test func droppedStreamAborts() async throws {
        let engine = try makeEngine()
        var stream: GenerationEvents? = try engine.submit(.test("a", [1]) { $0.maxTokens = 200 })
        _ = engine.step()
        #expect(stream != nil)
        stream = nil
        _ = engine.step()
        #expect(engine.unfinishedRequestCount == 0)
        #expect(engine.statistics.finishedCounts[.abort] == 1)
    }

    @Test func finishCountsAsStopped() async throws {
        let engine = try makeEngine()
        let request = GenerationRequest.test("a", [1, 2], choices: 2) {
            $0.temperature = 1
            $0.maxTokens = 50
        }
        let stream = try engine.submit(request)
        for _ in 0..<5 { _ = engine.step() }
        engine.finish(request.id, choice: 0, tokenCount: 3)
        for _ in 0..<5 { _ = engine.step() }
        engine.finish(request.id, choice: 1)
        _ = engine.step()
        let completions = await collect(stream, choices: 2)
        #expect(completions[0].tokens.count == 5)
        #expect(completions[1].tokens.count == 10)
        #expect(completions.allSatisfy { $0.reason == nil })
        #expect(engine.unfinishedRequestCount == 0)
        let statistics = engine.statistics
        #expect(statistics.finishedCounts[.stop] == 2)
        #expect(statistics.finishedCounts[.abort] == 0)
        #expect(statistics.generationTokens.sum == 13)
        #expect(statistics.maximumGenerationTokens.sum == 10)
    }

    @Test func failingStepFailsItsBatchOnly() async throws {
        let incidents = Mutex<[String]>([])
        let model = FakeModel()
        let engine = try makeEngine(.test(maxSequences: 2), model: model) { incident in
            if case .stepFailed(let error, let count) = incident {
                incidents.withLock { $0.append("\(count): \(error)") }
            }
        }
        model.fail(atStep: 2)
        let requests = (0..<3).map { index in GenerationRequest.test("\(index)", [Int32(index)]) { $0.maxTokens = 5 } }
        let (completions, violations) = try await complete(engine, requests)
        #expect(violations.isEmpty)
        #expect(completions.map { $0[0].reason } == [.error, .error, .length])
        #expect(completions.map { $0[0].tokens.count } == [2, 2, 5])
        #expect(incidents.withLock { $0 } == ["2: the device failed: step 2 was to fail"])
        // the third request's steps have shown that it works again
        #expect(engine.isHealthy)
        #expect(engine.statistics.kvCacheUsage == 0)
    }

    @Test func healthFollowsTheLastStep() async throws {
        let incidents = Mutex(0)
        let model = FakeModel()
        let engine = try makeEngine(model: model) { _ in incidents.withLock { $0 += 1 } }
        for round in 1...2 {
            model.fail(atStep: model.tokenCounts.count)
            let (failed, _) = try await complete(engine, [.test("fails \(round)", [1]) { $0.maxTokens = 3 }])
            #expect(failed[0][0].reason == .error)
            #expect(!engine.isHealthy && !engine.isReady)
            let (fine, _) = try await complete(engine, [.test("works \(round)", [1]) { $0.maxTokens = 3 }])
            #expect(fine[0][0].reason == .length)
            #expect(engine.isHealthy)
            // each run of failures is reported once
            #expect(incidents.withLock { $0 } == round)
        }
    }

    @Test func impossibleSamplingFailsItsRequestOnly() async throws {
        let engine = try makeEngine()
        let impossible = GenerationRequest.test("impossible", [1], eos: [4]) {
            $0.allowedTokenIDs = [4]
            $0.minTokens = 2
        }
        let (completions, _) = try await complete(engine, [impossible, .test("fine", [1]) { $0.maxTokens = 4 }])
        #expect(completions[0][0].reason == .error)
        #expect(completions[1][0].tokens.count == 4)
        #expect(engine.isHealthy)
    }

    @Test func oneEventPerStep() async throws {
        let engine = try makeEngine()
        let stream = try engine.submit(
            .test("a", [1, 2, 3], choices: 3) {
                $0.temperature = 1
                $0.maxTokens = 4
            }
        )
        while engine.unfinishedRequestCount > 0 { _ = engine.step() }
        var counts: [[Int]] = []
        for await event in stream { counts.append(event.outputs.map(\.choice)) }
        #expect(counts == Array(repeating: [0, 1, 2], count: 4))
    }

    @Test func whatIsReadyComesAtOnce() async throws {
        let engine = try makeEngine()
        let stream = try engine.submit(.test("a", [1, 2, 3]) { $0.maxTokens = 7 })
        var events = stream.makeAsyncIterator()
        var tokens: [Int32] = []
        for stepCount in [1, 3, 2] {
            for _ in 0..<stepCount { _ = engine.step() }
            let batch = await events.nextBatch()
            #expect(batch.count == stepCount)
            tokens += batch.flatMap { $0.outputs.flatMap { $0.tokens.map(\.id.rawValue) } }
        }
        _ = engine.step()
        #expect(await events.next()?.outputs.first?.finishReason == .length)
        #expect(await events.nextBatch().isEmpty)
        #expect(await events.next() == nil)
        let (again, _) = try await complete(engine, [.test("b", [1, 2, 3]) { $0.maxTokens = 7 }])
        #expect(Array(again[0][0].tokens.prefix(6)) == tokens)
    }

    @Test func prefixHitsAreReportedAndNeverWhole() async throws {
        let model = FakeModel()
        let engine = try makeEngine(.test(blockSize: 4), model: model)
        let prompt = numbers(16, below: 64, seed: 5)
        for expected in [0, 12] {
            let stream = try engine.submit(.test("a", prompt) { $0.maxTokens = 1 })
            while engine.unfinishedRequestCount > 0 { _ = engine.step() }
            for await event in stream { #expect(event.cachedTokenCount == expected) }
        }
        #expect(model.tokenCounts == [16, 4])
        // another salt shares nothing
        var salted = GenerationRequest.test("salted", prompt) { $0.maxTokens = 1 }
        salted.cacheSalt = "x"
        _ = try await complete(engine, [salted])
        #expect(model.tokenCounts.last == 16)
        #expect(engine.statistics.prefixCacheQueryTokenCount == 48)
        #expect(engine.statistics.prefixCacheHitTokenCount == 12)
    }

    @Test func longPromptsDoNotStallStreams() async throws {
        let model = FakeModel()
        let engine = try makeEngine(.test(maxBatchedTokens: 16), model: model)
        let short = try engine.submit(.test("short", [1]) { $0.maxTokens = 10 })
        _ = engine.step()
        let long = try engine.submit(.test("long", numbers(100, below: 64, seed: 1)) { $0.maxTokens = 1 })
        for _ in 0..<9 { _ = engine.step() }
        // a stream that waited for the prompt in any of the steps ends here with fewer tokens
        engine.abort(RequestID("short"))
        while engine.unfinishedRequestCount > 0 { _ = engine.step() }
        #expect(model.tokenCounts.allSatisfy { $0 <= 16 } && model.tokenCounts.reduce(0, +) == 110)
        #expect(await collect(short, choices: 1)[0].tokens.count == 10)
        #expect(await collect(long, choices: 1)[0].tokens.count == 1)
    }

    @Test func priorityGoesFirst() async throws {
        var configuration = EngineConfiguration.test(maxSequences: 1)
        configuration.schedulingPolicy = .priority
        let engine = try makeEngine(configuration)
        var streams: [GenerationEvents] = []
        for (index, priority) in [5, 1, 3].enumerated() {
            var request = GenerationRequest.test("\(index)", [1]) { $0.maxTokens = 1 }
            request.priority = priority
            streams.append(try engine.submit(request))
        }
        var order: [Int] = []
        for _ in 0..<3 {
            _ = engine.step()
            order.append(engine.unfinishedRequestCount)
        }
        #expect(order == [2, 1, 0])
        #expect(engine.statistics.timeToFirstToken.count == 3)
    }
}
