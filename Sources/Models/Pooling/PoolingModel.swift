package import MartletTensors

/// An encoder with what makes one vector of each sequence: an embedding before its normalization, or scores.
///
/// One thread calls it at a time. A sequence's vector has the same bits whatever else is in the batch.
package final class PoolingModel: Sendable {
    /// What makes a vector of each token.
    package let encoder: any SequenceEncoder
    /// The width of the result.
    package let outputWidth: Int
    /// Whether it can give a vector of each token: a token's has the width that the stages take.
    package var canGiveTokens: Bool { modes.count == 1 }
    private let modes: [PoolingMode]
    private let stages: [PooledStage]
    private let backend: any Backend
    /// Two places for the vectors of a batch, each stage from one to the other: `[sequences, greatest width]`.
    private let places: [Tensor]

    /// A model over an encoder.
    ///
    /// - Precondition: there is a mode, and each stage takes the width that the one before gives.
    init(
        encoder: any SequenceEncoder,
        modes: [PoolingMode],
        stages: [PooledStage],
        backend: any Backend
    ) throws(BackendError) {
        precondition(!modes.isEmpty, "a model without pooling")
        self.encoder = encoder
        self.modes = modes
        self.stages = stages
        self.backend = backend
        var (width, greatest) = (modes.count * encoder.hiddenSize, modes.count * encoder.hiddenSize)
        for case .linear(let linear) in stages {
            precondition(
                linear.weight.inputCount == width,
                "a stage of \(linear.weight.inputCount) inputs for \(width)"
            )
            width = linear.weight.outputCount
            greatest = max(greatest, width)
        }
        outputWidth = width
        let rows = encoder.limits.maxSequences
        var places: [Tensor] = []
        for _ in 0..<2 {
            let storage = try backend.allocate(byteCount: rows * greatest * 4)
            places.append(Tensor(storage: storage, dtype: .float32, shape: Shape(rows, greatest)))
        }
        self.places = places
    }

    /// A model whose result is the pooled vector itself.
    ///
    /// - Precondition: there is a mode.
    package convenience init(
        encoder: any SequenceEncoder,
        modes: [PoolingMode],
        backend: any Backend
    ) throws(BackendError) {
        try self.init(encoder: encoder, modes: modes, stages: [], backend: backend)
    }

    /// The vectors of a batch's sequences, in their order; of those that give tokens, their tokens' one after the other.
    ///
    /// - Precondition: the batch is within the encoder's limits, ids and types in range; no sequence gives tokens where
    ///   the model cannot.
    package func vectors(of batch: EncoderBatch) throws(BackendError) -> [[Float]] {
        let count = batch.sequences.count
        let pooled = places[0].prefix(rows: count).columns(0..<modes.count * encoder.hiddenSize)
        let states = try pool(batch, into: pooled)
        var vectors = staged(pooled)
        var first = 0
        for (index, sequence) in batch.sequences.enumerated() {
            let tokens = first..<first + sequence.tokens.count
            first = tokens.upperBound
            if sequence.givesTokens, let states { vectors[index] = tokenVectors(states.rows(tokens)) }
        }
        return vectors
    }

    /// The vectors of tokens, one after the other.
    private func tokenVectors(_ states: Tensor) -> [Float] {
        precondition(canGiveTokens, "\(modes.count) vectors of each token side by side")
        var result: [Float] = []
        let (count, most) = (states.shape[0], encoder.limits.maxSequences)
        result.reserveCapacity(count * outputWidth)
        for first in stride(from: 0, to: count, by: most) {
            let tokens = first..<min(first + most, count)
            let rows = places[0].prefix(rows: tokens.count).columns(0..<encoder.hiddenSize)
            for (row, token) in tokens.enumerated() { copy(states, token, to: rows.rows(row..<row + 1)) }
            result += staged(rows).joined()
        }
        return result
    }

    /// What the stages make of the rows of the first place.
    private func staged(_ rows: Tensor) -> [[Float]] {
        let count = rows.shape[0]
        var (vectors, place) = (rows, 0)
        for stage in stages {
            switch stage {
            case .function(let function): function.apply(vectors, backend: backend)
            case .norm(let norm): backend.layerNorm(vectors, norm: norm, into: vectors)
            case .linear(let linear):
                place = 1 - place
                let output = places[place].prefix(rows: count).columns(0..<linear.weight.outputCount)
                linear.forward(vectors, into: output, backend: backend)
                vectors = output
            }
        }
        return (0..<count).map { row in
            backend.withHostRow(vectors, row: row) { elements in elements.indices.map { elements[$0] } }
        }
    }

    /// Makes one vector of each sequence.
    ///
    /// - Returns: the vectors of all tokens, where they had to be computed.
    private func pool(_ batch: EncoderBatch, into vectors: Tensor) throws(BackendError) -> Tensor? {
        let width = encoder.hiddenSize
        let needsTokens = batch.sequences.contains(where: \.givesTokens)
        if modes == [.cls] || modes == [.last], !needsTokens {
            let rows = try encoder.hiddenStates(of: batch, rows: modes == [.cls] ? .first : .last)
            for row in 0..<batch.sequences.count { copy(rows, row, to: vectors.rows(row..<row + 1)) }
            return nil
        }
        let states = try encoder.hiddenStates(of: batch, rows: .all)
        var first = 0
        for (row, sequence) in batch.sequences.enumerated() {
            let tokens = first..<first + sequence.tokens.count
            for (index, mode) in modes.enumerated() {
                let target = vectors.rows(row..<row + 1).columns(index * width..<(index + 1) * width)
                pool(states.rows(tokens), mode, into: target)
            }
            first = tokens.upperBound
        }
        return states
    }

    /// Makes one vector `[1, width]` of those of a sequence's tokens.
    private func pool(_ states: Tensor, _ mode: PoolingMode, into target: Tensor) {
        let count = states.shape[0]
        switch mode {
        case .cls: copy(states, 0, to: target)
        case .last: copy(states, count - 1, to: target)
        case .mean, .meanSqrtLength:
            copy(states, 0, to: target)
            for token in 1..<max(1, count) { backend.add(states.rows(token..<token + 1), to: target) }
            let divisor = mode == .mean ? Float(count) : Float(count).squareRoot()
            backend.withHostRow(target, row: 0) { sums in for index in sums.indices { sums[index] /= divisor } }
        case .max: combine(states, into: target) { greatest, element, _ in max(greatest, element) }
        case .weightedMean:
            combine(states, into: target) { sum, element, token in sum + element * Float(token + 1) }
            let divisor = Float(count * (count + 1) / 2)
            backend.withHostRow(target, row: 0) { sums in for index in sums.indices { sums[index] /= divisor } }
        }
    }

    private func combine(_ states: Tensor, into target: Tensor, _ body: (Float, Float, Int) -> Float) {
        copy(states, 0, to: target)
        for token in 1..<max(1, states.shape[0]) {
            backend.withHostRow(states, row: token) { elements in
                backend.withHostRow(target, row: 0) { result in
                    for index in result.indices { result[index] = body(result[index], elements[index], token) }
                }
            }
        }
    }

    private func copy(_ states: Tensor, _ row: Int, to target: Tensor) {
        backend.withHostRow(states, row: row) { elements in
            backend.withHostRow(target, row: 0) { result in
                for index in result.indices { result[index] = elements[index] }
            }
        }
    }
}
