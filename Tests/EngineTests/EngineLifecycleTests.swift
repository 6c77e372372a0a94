import MartletEngine
import MartletTestSupport
import Synchronization
import Testing

@Suite struct EngineLifecycleTests {
    @Test func isReadyAfterItsFirstToken() async throws {
        let engine = try makeEngine()
        #expect(!engine.isReady)
        engine.start()
        #expect(!engine.isReady)
        try await engine.warmUp()
        #expect(engine.isReady)
        // a warm-up is not traffic
        #expect(engine.statistics.generationTokenCount == 0)
        #expect(engine.statistics.finishedCounts.values.allSatisfy { $0 == 0 })
        await engine.stop()
        #expect(!engine.isReady)
    }

    @Test func drainsWhatRuns() async throws {
        let engine = try makeEngine()
        engine.start()
        let stream = try engine.submit(.test("a", [1]) { $0.maxTokens = 100 })
        let isDone = await engine.drain(timeout: .seconds(20))
        #expect(isDone)
        #expect(throws: EngineError.shuttingDown) { try engine.submit(.test("b", [1])) }
        #expect(await collect(stream, choices: 1)[0].tokens.count == 100)
        await engine.stop()
    }

    @Test func drainAbortsWhatTakesTooLong() async throws {
        let isReleased = Mutex(false)
        let model = FakeModel()
        // the fourth step takes until the drain has given up
        model.onStep { step in
            while step == 3, !isReleased.withLock({ $0 }) {}
        }
        let engine = try makeEngine(model: model)
        engine.start()
        let stream = try engine.submit(.test("a", [1]) { $0.maxTokens = 200 })
        let isDone = await engine.drain(timeout: .milliseconds(20))
        isReleased.withLock { $0 = true }
        #expect(!isDone)
        let completion = await collect(stream, choices: 1)[0]
        #expect(completion.reason == .abort)
        #expect(completion.tokens.count <= 4)
        await engine.stop()
    }

    @Test func stopEndsWhatRunsAndWaits() async throws {
        let engine = try makeEngine(.test(maxSequences: 1))
        let streams = try (0..<3).map { index in
            try engine.submit(.test("\(index)", [1]) { $0.maxTokens = 200 })
        }
        // also where the thread was never started
        await engine.stop()
        for stream in streams { #expect(await collect(stream, choices: 1)[0].reason == .abort) }
        #expect(throws: EngineError.shuttingDown) { try engine.submit(.test("late", [1])) }
    }

    @Test func cancelledTaskAborts() async throws {
        let engine = try makeEngine()
        engine.start()
        let stream = try engine.submit(.test("a", [1]) { $0.maxTokens = 250 })
        let task = Task { for await _ in stream {} }
        task.cancel()
        await task.value
        while engine.unfinishedRequestCount > 0 { await Task.yield() }
        await engine.stop()
        #expect(engine.statistics.kvCacheUsage == 0)
    }
}
