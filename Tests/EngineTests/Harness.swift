import MartletEngine
import MartletModels
import MartletTensors
import MartletTestSupport
import MartletTokenizers

/// What a choice got, with log-probabilities as bits.
struct Completion: Equatable {
    var tokens: [Int32] = []
    var logprobs: [LogprobBits] = []
    var promptLogprobs: [LogprobBits] = []
    var reason: FinishReason?
    var stopTokenID: TokenID?

    struct LogprobBits: Equatable {
        let chosen: UInt32
        let rank: Int
        let top: [Int32: UInt32]

        init(_ logprobs: TokenLogprobs) {
            chosen = logprobs.logprob.bitPattern
            rank = logprobs.rank
            let values = logprobs.top.map { ($0.id.rawValue, $0.logprob.bitPattern) }
            top = Dictionary(values, uniquingKeysWith: { first, _ in first })
        }
    }

    mutating func add(_ output: ChoiceOutput) {
        for token in output.tokens {
            tokens.append(token.id.rawValue)
            if let found = token.logprobs { logprobs.append(LogprobBits(found)) }
        }
        if let reason = output.finishReason { self.reason = reason }
        if let stop = output.stopTokenID { stopTokenID = stop }
    }
}

/// The choices of a stream that has been filled.
func collect(_ stream: GenerationEvents, choices: Int) async -> [Completion] {
    var completions = Array(repeating: Completion(), count: choices)
    for await event in stream {
        completions[0].promptLogprobs += event.promptLogprobs.map { Completion.LogprobBits($0) }
        for output in event.outputs { completions[output.choice].add(output) }
    }
    return completions
}

/// Runs requests on the calling thread, a new one arriving every `interval` steps, and reports broken invariants.
func complete(
    _ engine: Engine,
    _ requests: [GenerationRequest],
    interval: Int = 0
) async throws -> (completions: [[Completion]], violations: [String]) {
    var streams: [GenerationEvents] = []
    var violations: [String] = []
    for request in requests {
        streams.append(try engine.submit(request))
        for _ in 0..<interval { violations += engine.step() }
    }
    while engine.unfinishedRequestCount > 0 { violations += engine.step() }
    var completions: [[Completion]] = []
    for (request, stream) in zip(requests, streams) {
        completions.append(await collect(stream, choices: request.choiceCount))
    }
    return (completions, violations)
}

extension EngineConfiguration {
    /// Small limits for tests.
    static func test(
        maxModelLength: Int = 256,
        maxSequences: Int = 32,
        maxBatchedTokens: Int = 512,
        blockSize: Int = 4,
        blockCount: Int = 1024,
        isPrefixCachingEnabled: Bool = true
    ) -> EngineConfiguration {
        EngineConfiguration(
            maxModelLength: maxModelLength,
            maxSequences: maxSequences,
            maxBatchedTokens: maxBatchedTokens,
            blockSize: blockSize,
            blockCount: blockCount,
            kvCacheDType: .float32,
            isPrefixCachingEnabled: isPrefixCachingEnabled
        )
    }
}

extension GenerationRequest {
    /// A request of plain numbers.
    static func test(
        _ name: String,
        _ prompt: [Int32],
        choices: Int = 1,
        eos: [Int32] = [],
        _ change: (inout SamplingParameters) -> Void = { _ in }
    ) -> GenerationRequest {
        var parameters = SamplingParameters()
        parameters.temperature = 0
        change(&parameters)
        return GenerationRequest(
            id: RequestID(name),
            promptTokenIDs: prompt.map { TokenID(rawValue: $0) },
            parameters: parameters,
            choiceCount: choices,
            eosTokenIDs: eos.map { TokenID(rawValue: $0) }
        )
    }
}

/// An engine over a fake model.
func makeEngine(
    _ configuration: EngineConfiguration = .test(),
    model: FakeModel = FakeModel(),
    observer: @escaping @Sendable (EngineIncident) -> Void = { _ in }
) throws -> Engine {
    try Engine(model: model, backend: HostBackend(), configuration: configuration, observer: observer)
}

/// Pseudo-random numbers below a bound.
func numbers(_ count: Int, below bound: Int, seed: UInt64) -> [Int32] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int32.random(in: 0..<Int32(bound), using: &generator) }
}

/// A row-major matrix of logits in host memory.
func makeLogits(_ rows: [[Float]]) -> Tensor {
    let width = rows[0].count
    let tensor = Tensor(
        storage: Storage(hostByteCount: rows.count * width * 4),
        dtype: .float32,
        shape: Shape(rows.count, width)
    )
    let backend = HostBackend()
    for (row, values) in rows.enumerated() {
        backend.withHostRow(tensor, row: row) { span in
            for (index, value) in values.enumerated() { span[index] = value }
        }
    }
    return tensor
}
