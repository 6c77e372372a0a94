import MartletEngine
import MartletTestSupport
import Testing

@Suite struct EngineMetricsTests {
    @Test func histogramCountsByInclusiveBounds() {
        var histogram = Histogram(bounds: [1, 2, 5])
        for value in [0.5, 1, 1.5, 2, 5, 7] { histogram.observe(value) }
        #expect(histogram.counts == [2, 2, 1, 1])
        #expect(histogram.count == 6)
        #expect(histogram.sum == 17)
        histogram.observe(.milliseconds(1500))
        #expect(histogram.counts[1] == 3)
    }

    @Test(arguments: [
        (1, [1.0]), (2, [1, 2]), (4, [1, 2]), (50, [1, 2, 5, 10, 20, 50]), (99, [1, 2, 5, 10, 20, 50]),
    ]) func tokenBoundsEndAtTheLongestSequence(greatest: Int, bounds: [Double]) {
        #expect(Histogram.oneTwoFive(upTo: greatest) == bounds)
    }

    @Test func countsWhatHappened() async throws {
        let engine = try makeEngine(.test(maxSequences: 8))
        let requests: [GenerationRequest] = [
            .test("one", [1, 2, 3]) { $0.maxTokens = 4 },
            .test("three", [4, 5], choices: 3) {
                $0.temperature = 1
                $0.maxTokens = 2
            },
        ]
        _ = try await complete(engine, requests)
        let statistics = engine.statistics
        #expect(statistics.promptTokenCount == 5)
        #expect(statistics.generationTokenCount == 10)
        #expect(statistics.finishedCounts[.length] == 4)
        #expect(Set(statistics.finishedCounts.keys) == Set(FinishReason.allCases))
        #expect(statistics.timeToFirstToken.count == 4)
        #expect(statistics.interTokenLatency.count == 6)
        #expect(statistics.timePerOutputToken.count == 4)
        for histogram in [
            statistics.endToEndLatency, statistics.queueTime, statistics.prefillTime, statistics.decodeTime,
            statistics.inferenceTime,
        ] { #expect(histogram.count == 4) }
        #expect(statistics.generationTokens.sum == 10)
        #expect(statistics.promptTokens.sum == 9)
        #expect(statistics.maxTokensParameter.sum == 10)
        #expect(statistics.choiceCountParameter.sum == 4)
        #expect(statistics.maximumGenerationTokens.sum == 6)
        #expect(statistics.preemptions.count == 4)
        #expect(statistics.preemptions.sum == 0)
        // the second and third choice share what the first computes
        #expect(statistics.computedPromptTokens.count == 4)
        #expect(statistics.computedPromptTokens.sum == 5)
        #expect(statistics.iterationTokens.count == 4)
        // 5 prompt tokens, then 4, 1, 1
        #expect(statistics.iterationTokens.sum == 11)
    }
}
