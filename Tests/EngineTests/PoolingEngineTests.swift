import Foundation
import MartletEngine
import MartletModels
import MartletTensors
import MartletTestSupport
import Synchronization
import Testing

/// An encoder whose vectors tell which sequence they are of: the sum of the tokens so far and their number.
private final class CountingEncoder: SequenceEncoder {
    let vocabularySize = 1000
    let typeCount = 2
    let hiddenSize = 2
    let limits: EncoderLimits
    private let states: Tensor
    private let shared = Mutex(Shared())

    private struct Shared {
        var batches: [[Int]] = []
        var fails = false
    }

    /// Waited for once in each call; none for calls that go on.
    let gate: DispatchSemaphore?

    init(maxBatchedTokens: Int = 64, gate: DispatchSemaphore? = nil) {
        limits = EncoderLimits(maxBatchedTokens: maxBatchedTokens, maxSequences: 16, maxLength: maxBatchedTokens)
        self.gate = gate
        states = Tensor(
            storage: Storage(hostByteCount: maxBatchedTokens * 8),
            dtype: .float32,
            shape: Shape(maxBatchedTokens, 2)
        )
    }

    /// The lengths of each batch's sequences.
    var batches: [[Int]] { shared.withLock { $0.batches } }

    func fail(_ fails: Bool) { shared.withLock { $0.fails = fails } }

    func hiddenStates(of batch: EncoderBatch, rows: EncoderRows) throws(BackendError) -> Tensor {
        shared.withLock { $0.batches.append(batch.sequences.map(\.tokens.count)) }
        gate?.wait()
        if shared.withLock({ $0.fails }) { throw .deviceFailure("broken") }
        let target = unsafe states.hostPointer(as: Float.self)
        for (row, sequence) in batch.sequences.enumerated() {
            unsafe target[2 * row] = Float(sequence.tokens.reduce(0, +))
            unsafe target[2 * row + 1] = Float(sequence.tokens.count)
        }
        return states.prefix(rows: batch.sequences.count)
    }
}

@Suite struct PoolingEngineTests {
    private static func engine(_ encoder: CountingEncoder, waiting: Int = 10_000) throws -> PoolingEngine {
        let model = try PoolingModel(encoder: encoder, modes: [.last], backend: HostBackend())
        let engine = PoolingEngine(
            model: model,
            configuration: PoolingConfiguration(
                maxLength: encoder.limits.maxLength,
                maxBatchedTokens: encoder.limits.maxBatchedTokens,
                maxSequences: encoder.limits.maxSequences,
                maxWaitingSequences: waiting
            )
        )
        engine.start()
        return engine
    }

    private static func sequence(_ length: Int, _ token: Int32 = 1) -> EncoderBatch.Sequence {
        EncoderBatch.Sequence(tokens: Array(repeating: token, count: length))
    }

    /// Waits until so many batches have begun.
    private static func waitForBatches(_ count: Int, of encoder: CountingEncoder) async throws {
        while encoder.batches.count < count { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func everyRequestGetsItsOwn() async throws {
        let engine = try Self.engine(CountingEncoder())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for request in 0..<100 {
                group.addTask {
                    let lengths = (0..<request % 7 + 1).map { (request * 31 + $0 * 17) % 64 + 1 }
                    let vectors = try await engine.vectors(of: lengths.map { Self.sequence($0, Int32(request)) })
                    #expect(vectors == lengths.map { [Float($0 * request), Float($0)] })
                }
            }
            try await group.waitForAll()
        }
        let statistics = engine.statistics
        let sequenceCount = (0..<100).reduce(0) { $0 + $1 % 7 + 1 }
        #expect(statistics.finishedCounts[.stop] == sequenceCount)
        #expect(statistics.promptTokens.count == sequenceCount)
        #expect(statistics.promptTokens.sum == Double(statistics.promptTokenCount))
        #expect(statistics.iterationTokens.sum == Double(statistics.promptTokenCount))
        #expect(statistics.queueTime.sum + statistics.inferenceTime.sum - statistics.endToEndLatency.sum < 0.001)
        #expect(engine.unfinishedCount == 0)
        await engine.stop()
    }

    @Test func batchesKeepToTheirLimits() async throws {
        let encoder = CountingEncoder()
        let engine = try Self.engine(encoder)
        _ = try await engine.vectors(of: (0..<300).map { Self.sequence($0 * 13 % 64 + 1) })
        for batch in encoder.batches {
            #expect(batch.count <= 16)
            #expect(batch.count == 1 || batch.reduce(0, +) <= 64)
        }
        // packed: far fewer steps than sequences
        #expect(encoder.batches.count < 250)
        await engine.stop()
    }

    @Test func aShortRequestDoesNotWaitForALongOne() async throws {
        let gate = DispatchSemaphore(value: 0)
        let encoder = CountingEncoder(gate: gate)
        let engine = try Self.engine(encoder)
        async let many = engine.vectors(of: (0..<200).map { _ in Self.sequence(30) })
        try await Self.waitForBatches(1, of: encoder)
        async let one = engine.vectors(of: [Self.sequence(3)])
        while engine.statistics.waitingCount < 199 { try await Task.sleep(for: .milliseconds(1)) }
        gate.signal()
        gate.signal()
        #expect(try await one == [[3, 3]])
        // it was in the batch that followed the one under way
        #expect(encoder.batches[1].contains(3))
        for _ in 0..<200 { gate.signal() }
        #expect(try await many.count == 200)
        await engine.stop()
    }

    @Test func aLongSequenceIsNotPassedOverForEver() async throws {
        let gate = DispatchSemaphore(value: 0)
        let encoder = CountingEncoder(gate: gate)
        let engine = try Self.engine(encoder)
        async let first = engine.vectors(of: [Self.sequence(64)])
        try await Self.waitForBatches(1, of: encoder)
        async let many = engine.vectors(of: (0..<100).map { _ in Self.sequence(20) })
        while engine.statistics.waitingCount < 100 { try await Task.sleep(for: .milliseconds(1)) }
        async let long = engine.vectors(of: [Self.sequence(64)])
        while engine.statistics.waitingCount < 101 { try await Task.sleep(for: .milliseconds(1)) }
        for _ in 0..<200 { gate.signal() }
        _ = try await (first, long, many)
        let place = try #require(encoder.batches.dropFirst().firstIndex { $0.contains(64) })
        #expect(place <= 2)
        await engine.stop()
    }

    @Test func cancellingTakesWhatWaitsOutOfTheQueue() async throws {
        let gate = DispatchSemaphore(value: 0)
        let encoder = CountingEncoder(gate: gate)
        let engine = try Self.engine(encoder)
        let task = Task { try await engine.vectors(of: (0..<50).map { _ in Self.sequence(60) }) }
        try await Self.waitForBatches(1, of: encoder)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(engine.statistics.waitingCount == 0)
        gate.signal()
        gate.signal()
        #expect(try await engine.vectors(of: [Self.sequence(2)]) == [[2, 2]])
        #expect(encoder.batches.count == 2)
        await engine.stop()
    }

    @Test func whatCannotBeComputedIsRefused() async throws {
        let engine = try Self.engine(CountingEncoder(), waiting: 3)
        let refused: [(EncoderBatch.Sequence, PoolingError)] = [
            (EncoderBatch.Sequence(tokens: []), .emptySequence(index: 1)),
            (Self.sequence(65), .sequenceTooLong(index: 1, tokenCount: 65, maximum: 64)),
            (Self.sequence(2, 1000), .tokenOutOfVocabulary(index: 1, tokenID: 1000, vocabularySize: 1000)),
            (Self.sequence(2, -1), .tokenOutOfVocabulary(index: 1, tokenID: -1, vocabularySize: 1000)),
            (
                EncoderBatch.Sequence(tokens: [1, 2], types: [0, 2]),
                .typeOutOfRange(index: 1, type: 2, typeCount: 2)
            ),
        ]
        for (sequence, error) in refused {
            await #expect(throws: error) { try await engine.vectors(of: [Self.sequence(1), sequence]) }
        }
        await #expect(throws: PoolingError.queueFull(maximum: 3)) {
            try await engine.vectors(of: Array(repeating: Self.sequence(1), count: 4))
        }
        #expect(try await engine.vectors(of: []) == [])
        await engine.stop()
        await #expect(throws: PoolingError.shuttingDown) { try await engine.vectors(of: [Self.sequence(1)]) }
    }

    @Test func aFailedStepFailsItsRequestsOnly() async throws {
        let encoder = CountingEncoder()
        let engine = try Self.engine(encoder)
        #expect(!engine.isReady)
        try await engine.warmUp()
        #expect(engine.isReady)
        encoder.fail(true)
        await #expect(throws: PoolingError.self) { try await engine.vectors(of: [Self.sequence(1)]) }
        #expect(!engine.isReady)
        #expect(engine.takesRequests)
        encoder.fail(false)
        #expect(try await engine.vectors(of: [Self.sequence(4)]) == [[4, 4]])
        #expect(engine.isReady)
        await engine.stop()
        #expect(!engine.takesRequests)
    }
}
