import MartletCPUBackend
import MartletCheckpoints
import MartletEngine
import MartletModels
import MartletTensors
import MartletTestSupport
import MartletTokenizers
import Testing

/// What a request gets does not depend on how it is scheduled: tokens and log-probabilities have the same bits.
@Suite struct ScheduleLawTests {
    /// Sixteen requests of all kinds; every other one shares the start of its prompt with others.
    static func requests(vocabularySize: Int) -> [GenerationRequest] {
        let shared = numbers(24, below: vocabularySize, seed: 99)
        return (0..<16).map { index in
            let own = numbers(1 + index * 7 % 41, below: vocabularySize, seed: UInt64(index))
            let prompt = index % 2 == 0 ? shared + own : own
            let isSampled = index % 3 != 0
            return .test(
                "request-\(index)",
                prompt,
                choices: isSampled && index % 5 == 0 ? 3 : 1,
                eos: [2]
            ) { parameters in
                parameters.maxTokens = 5 + index * 5 % 28
                parameters.logprobs = index % 4 == 1 ? nil : index % 4
                parameters.seed = Int64(index) - 3
                parameters.temperature = isSampled ? 0.6 + Float(index) / 16 : 0
                if isSampled, index % 2 == 0 { parameters.topP = 0.9 }
                if index % 4 == 1 { parameters.topK = 12 }
                if index == 7 { parameters.minP = 0.05 }
                if index % 4 == 2 { parameters.repetitionPenalty = 1.2 }
                if index == 11 { parameters.frequencyPenalty = 0.5 }
                if index == 13 { parameters.stopTokenIDs = [5, 9] }
                if index == 4 { parameters.minTokens = 5 }
                if [3, 8, 10].contains(index) { parameters.promptLogprobs = index % 3 }
            }
        }
    }

    /// How the same requests are run.
    struct Schedule: Sendable, CustomTestStringConvertible {
        var name: String
        var configuration: EngineConfiguration
        var interval = 0
        /// Run once before, so that the prefix cache is warm.
        var isWarm = false
        var testDescription: String { name }
    }

    static let schedules: [Schedule] =
        [3, 4, 7, 16, 33, 100].map { budget in
            Schedule(name: "budget \(budget)", configuration: .test(maxBatchedTokens: budget))
        }
        + [5, 32].map { chunk in
            var configuration = EngineConfiguration.test(isPrefixCachingEnabled: false)
            configuration.maxPrefillTokens = chunk
            return Schedule(name: "chunks of \(chunk)", configuration: configuration)
        }
        + [
            Schedule(name: "batch of 16", configuration: .test()),
            Schedule(name: "arriving one by one", configuration: .test(maxBatchedTokens: 20), interval: 2),
            Schedule(name: "warm prefix cache", configuration: .test(), isWarm: true),
            Schedule(name: "few seats", configuration: .test(maxSequences: 3)),
            Schedule(name: "tiny pool", configuration: .test(maxModelLength: 104, blockCount: 26)),
            Schedule(
                name: "tiny pool, no prefix cache",
                configuration: .test(maxModelLength: 104, blockCount: 26, isPrefixCachingEnabled: false)
            ),
            Schedule(name: "large blocks", configuration: .test(blockSize: 32, blockCount: 128)),
            Schedule(
                name: "tiny pool, small budget, staggered",
                configuration: .test(maxModelLength: 104, maxBatchedTokens: 9, blockCount: 27),
                interval: 3
            ),
        ]

    @Test(arguments: schedules) func fakeModelGivesTheSameBits(_ schedule: Schedule) async throws {
        let requests = Self.requests(vocabularySize: 64)
        let expected = try await Self.alone(requests) { try makeEngine(.test(isPrefixCachingEnabled: false)) }
        let engine = try makeEngine(schedule.configuration)
        if schedule.isWarm { _ = try await complete(engine, requests.shuffled()) }
        let (found, violations) = try await complete(engine, requests, interval: schedule.interval)
        #expect(violations.isEmpty)
        for index in requests.indices { #expect(found[index] == expected[index], "request \(index)") }
        let statistics = engine.statistics
        if schedule.isWarm { #expect(statistics.prefixCacheHitTokenCount > 0) }
        if schedule.name.contains("tiny pool") { #expect(statistics.preemptionCount > 0) }
        #expect(statistics.preemptions.sum == Double(statistics.preemptionCount))
        #expect(statistics.kvCacheUsage == 0)
    }

    static let models: [(architecture: String, quantization: WeightFormat?)] = [
        ("LlamaForCausalLM", nil), ("Qwen3ForCausalLM", nil), ("Qwen3ForCausalLM", .int8), ("LlamaForCausalLM", .int4),
    ]

    @Test(arguments: models)
    func tinyModelGivesTheSameBits(_ architecture: String, quantization: WeightFormat?) async throws {
        let folder = try TinyModel(architecture: architecture).makeFolder()
        let makeTiny = { (configuration: EngineConfiguration, threads: Int) throws -> Engine in
            let backend = CPUBackend(threads: threads)
            let model = try ModelLoader.load(
                folder: try ModelFolder(path: folder.path),
                backend: backend,
                limits: ForwardLimits(maxBatchedTokens: 512, maxLogitsRows: 32, maxModelLength: 256),
                options: .init(quantization: quantization.map { Quantization(layers: $0, output: .int8) })
            )
            return try Engine(model: model, backend: backend, configuration: configuration)
        }
        let requests = Self.requests(vocabularySize: 320)
        for dtype in [DType.float32, .bfloat16, .int8] {
            var plain = EngineConfiguration.test(isPrefixCachingEnabled: false)
            plain.kvCacheDType = dtype
            let expected = try await Self.alone(requests) { try makeTiny(plain, 1) }
            for (index, schedule) in Self.schedules.enumerated() where index % 2 == 1 || schedule.isWarm {
                var configuration = schedule.configuration
                configuration.kvCacheDType = dtype
                let engine = try makeTiny(configuration, 1 + index % 4 / 2)
                if schedule.isWarm { _ = try await complete(engine, requests.shuffled()) }
                let (found, violations) = try await complete(engine, requests, interval: schedule.interval)
                #expect(violations.isEmpty, "\(schedule.name)")
                #expect(found == expected, "\(schedule.name), \(dtype.name)")
            }
        }
    }

    @Test func threadGivesTheSameBits() async throws {
        let requests = Self.requests(vocabularySize: 64)
        let expected = try await Self.alone(requests) { try makeEngine(.test(isPrefixCachingEnabled: false)) }
        let engine = try makeEngine(.test(maxModelLength: 104, maxBatchedTokens: 40, blockCount: 40))
        engine.start()
        try await engine.warmUp()
        try await withThrowingTaskGroup(of: (Int, [Completion]).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask {
                    (index, await collect(try engine.submit(request), choices: request.choiceCount))
                }
            }
            for try await (index, completions) in group { #expect(completions == expected[index], "request \(index)") }
        }
        await engine.stop()
        #expect(engine.statistics.kvCacheUsage == 0)
    }

    /// Each request on an engine of its own.
    static func alone(
        _ requests: [GenerationRequest],
        _ make: () throws -> Engine
    ) async throws -> [[Completion]] {
        var completions: [[Completion]] = []
        for request in requests {
            completions += try await complete(try make(), [request]).completions
        }
        return completions
    }
}
