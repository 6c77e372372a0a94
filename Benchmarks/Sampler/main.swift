import Foundation
import MartletCPUBackend
import MartletEngine
import MartletModels
import MartletTensors
import MartletTokenizers
import Synchronization

// The engine's time per step outside the model's forward pass, by sampling parameters and shape of the distribution.
//
// usage: SamplerBenchmark [STREAMS] [VOCABULARY] [THREADS] [NAME…]

/// A model that computes nothing: its logits are copied from a table, and it notes when it was called.
final class TableModel: LanguageModel {
    let vocabularySize: Int
    let kvCacheSpec = KVCacheSpec(layerCount: 1, kvHeadCount: 1, headDimension: 1)
    let maxPositions = 1 << 20
    let limits = ForwardLimits(maxBatchedTokens: 256, maxLogitsRows: 256, maxModelLength: 1 << 20)
    private let table: [Float]
    /// Nanoseconds between one call's end and the next one's start, of calls with all rows.
    private let gaps = Mutex<[Double]>([])
    private let lastEnd = Mutex<ContinuousClock.Instant?>(nil)
    private let rowCount: Int

    init(vocabularySize: Int, rowCount: Int, deviation: Double) {
        self.vocabularySize = vocabularySize
        self.rowCount = rowCount
        var generator = SystemRandomNumberGenerator()
        table = (0..<vocabularySize * rowCount).map { _ in
            let radius = (-2 * log(Double.random(in: .leastNonzeroMagnitude..<1, using: &generator))).squareRoot()
            return Float(deviation * radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &generator)))
        }
    }

    var medianGap: Double {
        let sorted = gaps.withLock { $0.sorted() }
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }

    func forward(_ batch: ForwardBatch, cache: KVCache, logits: Tensor) throws(BackendError) {
        let start = ContinuousClock.now
        if batch.logitsCount == rowCount, let end = lastEnd.withLock({ $0 }) {
            gaps.withLock { $0.append((start - end) / .microseconds(1)) }
        }
        let target = unsafe logits.hostPointer(as: Float.self)
        unsafe table.withUnsafeBufferPointer { source in
            unsafe target.update(from: source.baseAddress.unsafelyUnwrapped, count: batch.logitsCount * vocabularySize)
        }
        let isFull = batch.logitsCount == rowCount
        lastEnd.withLock { $0 = isFull ? ContinuousClock.now : nil }
    }
}

struct Case {
    let name: String
    let change: (inout SamplingParameters) -> Void
}

let cases = [
    Case(name: "greedy") { $0.temperature = 0 },
    Case(name: "temperature 0.8") { $0.temperature = 0.8 },
    Case(name: "top-p 0.9") { $0.topP = 0.9 },
    Case(name: "top-p 0.95, temperature 0.7") {
        $0.temperature = 0.7
        $0.topP = 0.95
    },
    Case(name: "top-p 0.5") { $0.topP = 0.5 },
    Case(name: "top-k 50") { $0.topK = 50 },
    Case(name: "top-k 20, top-p 0.95") {
        $0.topK = 20
        $0.topP = 0.95
    },
    Case(name: "top-k 5000") { $0.topK = 5000 },
    Case(name: "min-p 0.05") { $0.minP = 0.05 },
    Case(name: "top-p 0.9, penalties") {
        $0.topP = 0.9
        $0.repetitionPenalty = 1.1
        $0.presencePenalty = 0.5
    },
    Case(name: "top-p 0.9, logprobs 5") {
        $0.topP = 0.9
        $0.logprobs = 5
    },
    Case(name: "greedy, logprobs 5") {
        $0.temperature = 0
        $0.logprobs = 5
    },
]

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let names = CommandLine.arguments.dropFirst().filter { Int($0) == nil }
let streams = numbers.first ?? 16
let vocabulary = numbers.dropFirst().first ?? 151_936
let threads = numbers.dropFirst(2).first

/// Runs a case for some steps; microseconds per step.
@MainActor func measure(_ row: Case, deviation: Double, stepCount: Int) async throws -> Double {
    let model = TableModel(vocabularySize: vocabulary, rowCount: streams, deviation: deviation)
    let backend = CPUBackend(threads: threads)
    let configuration = EngineConfiguration(
        maxModelLength: 4096,
        maxSequences: streams,
        maxBatchedTokens: 256,
        blockSize: 16,
        blockCount: 4096,
        kvCacheDType: .float32
    )
    let engine = try Engine(model: model, backend: backend, configuration: configuration)
    var events: [Task<Int, Never>] = []
    for index in 0..<streams {
        var parameters = SamplingParameters()
        parameters.maxTokens = stepCount
        parameters.ignoreEOS = true
        parameters.seed = Int64(index)
        row.change(&parameters)
        let request = GenerationRequest(
            id: RequestID("\(index)"),
            promptTokenIDs: [1, 2],
            parameters: parameters
        )
        let stream = try engine.submit(request)
        events.append(
            Task {
                var count = 0
                for await event in stream { count += event.outputs.count }
                return count
            }
        )
    }
    engine.start()
    for task in events { _ = await task.value }
    await engine.stop()
    return model.medianGap
}

print("\(streams) streams, vocabulary \(vocabulary), \(CPUBackend(threads: threads).threadCount) threads; ms per step")
for row in cases where names.isEmpty || names.contains(row.name) {
    var line = row.name.padding(toLength: 30, withPad: " ", startingAt: 0)
    for (shape, deviation) in [("peaked", 6.0), ("flat", 1.0)] {
        let time = try await measure(row, deviation: deviation, stepCount: 60)
        line += String(format: "%@ %7.3f   ", shape, time / 1000)
    }
    print(line)
}
