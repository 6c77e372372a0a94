import MartletEngine
import MartletTestSupport
import Testing

/// Under random arrivals, aborts, finishes and preemptions no block is leaked, no token lost, every count is right.
@Suite struct SchedulerLawTests {
    @Test(arguments: 0..<24) func nothingIsLostOrLeaked(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let blockSize = [1, 2, 4, 16][seed % 4]
        var configuration = EngineConfiguration.test(
            maxModelLength: 48,
            maxSequences: 12,
            maxBatchedTokens: [5, 12, 64][seed % 3],
            blockSize: blockSize,
            blockCount: (48 + 30 * (seed % 5)) / blockSize + 1,
            isPrefixCachingEnabled: seed % 6 != 5
        )
        configuration.schedulingPolicy = seed % 7 == 0 ? .priority : .fcfs
        let engine = try makeEngine(configuration)
        var run = RandomRun(engine: engine)
        for index in 0..<60 {
            if generator.next() % 2 == 0 { try run.submit(index, &generator) }
            if generator.next() % 8 == 0 { run.disturb(&generator) }
            for _ in 0..<Int(generator.next() % 4) { run.violations += engine.step() }
        }
        while engine.unfinishedRequestCount > 0 { run.violations += engine.step() }
        #expect(run.violations.isEmpty)
        let statistics = engine.statistics
        #expect(statistics.kvCacheUsage == 0)
        #expect(statistics.runningCount == 0 && statistics.waitingCount == 0)
        #expect(engine.waitingRequestCount == 0)
        #expect(statistics.finishedCounts.values.reduce(0, +) == run.choiceCount)
        #expect(statistics.finishedCounts[.error] == 0)
        // what was not disturbed is what it is alone, what was is its beginning
        for (request, stream) in run.streams {
            let found = await collect(stream, choices: request.choiceCount)
            let alone = try await complete(try makeEngine(.test(maxModelLength: 48)), [request]).completions[0]
            for (choice, completion) in found.enumerated() {
                if run.disturbed.contains(request.id) {
                    #expect(alone[choice].tokens.starts(with: completion.tokens))
                } else {
                    #expect(completion == alone[choice])
                }
            }
        }
    }
}

private struct RandomRun {
    let engine: Engine
    var streams: [(GenerationRequest, GenerationEvents)] = []
    var disturbed: Set<RequestID> = []
    var violations: [String] = []
    var choiceCount = 0

    mutating func submit(_ index: Int, _ generator: inout SeededGenerator) throws {
        let shared = numbers(20, below: 64, seed: 7)
        let length = 1 + Int(generator.next() % 30)
        let prompt = Array((shared.prefix(length) + numbers(length, below: 64, seed: UInt64(index))).prefix(length + 4))
        let choices = generator.next() % 4 == 0 ? 1 + Int(generator.next() % 4) : 1
        var request = GenerationRequest.test("\(index)", prompt, choices: choices, eos: [3]) {
            $0.temperature = 0.9
            $0.seed = Int64(index)
            $0.maxTokens = 1 + Int(generator.next() % 20)
            $0.logprobs = index % 3 == 0 ? 2 : nil
        }
        request.priority = Int(generator.next() % 3)
        streams.append((request, try engine.submit(request)))
        choiceCount += choices
    }

    mutating func disturb(_ generator: inout SeededGenerator) {
        guard let (request, _) = streams.randomElement(using: &generator) else { return }
        disturbed.insert(request.id)
        if generator.next() % 2 == 0 {
            engine.abort(request.id)
        } else {
            engine.finish(request.id, choice: Int(generator.next() % 5))
        }
    }
}
