import MartletCheckpoints
package import MartletTensors

/// A decoder whose hidden states are the tokens' vectors: every token sees itself and what is before it.
///
/// Sequences are computed from beginning to end, in as many steps as their tokens need; a step's keys and values stay in a
/// cache until the call ends.
package final class DecoderEncoder: SequenceEncoder {
    /// What one call may hold.
    package let limits: EncoderLimits
    private let model: DecoderModel
    private let backend: any Backend
    private let cache: KVCache
    private let inputs: Inputs
    private let results: Tensor

    /// The most tokens of a step.
    private static let stepTokens = 512
    private static let blockSize = 16

    /// The integers of a step at their greatest size.
    private struct Inputs {
        let tokenIDs: Tensor
        let positions: Tensor
        let slots: Tensor
        let starts: Tensor
        let contexts: Tensor
        let blockTables: Tensor
        let wanted: Tensor
    }

    /// Some neighbouring tokens of a sequence.
    private struct Piece {
        let sequence: Int
        let range: Range<Int>
    }

    /// Token ids are below this.
    package var vocabularySize: Int { model.vocabularySize }
    /// There are no token types.
    package var typeCount: Int { 1 }
    /// The width of a token's vector.
    package var hiddenSize: Int { model.configuration.hiddenSize }

    /// What the model's own scratch memory is made for.
    static func forwardLimits(_ limits: EncoderLimits) -> ForwardLimits {
        let tokens = min(stepTokens, limits.maxBatchedTokens)
        return ForwardLimits(maxBatchedTokens: tokens, maxLogitsRows: tokens, maxModelLength: limits.maxLength)
    }

    /// The size of the memory of the greatest batch, in bytes.
    static func byteCount(_ configuration: DecoderConfiguration, limits: EncoderLimits) -> Int {
        let perBlock = configuration.kvCacheSpec.bytesPerBlock(.float32, blockSize: blockSize)
        let rows = max(limits.maxBatchedTokens, limits.maxSequences)
        return configuration.scratchByteCount(forwardLimits(limits)) + blockCount(limits) * perBlock
            + rows * configuration.hiddenSize * 4
    }

    private static func blockCount(_ limits: EncoderLimits) -> Int {
        limits.maxBatchedTokens / blockSize + limits.maxSequences
    }

    /// Takes the weights out of a checkpoint and allocates memory.
    init(
        _ configuration: DecoderConfiguration,
        weights: WeightSource,
        limits: EncoderLimits,
        backend: any Backend
    ) throws(ModelError) {
        self.limits = limits
        self.backend = backend
        let forward = Self.forwardLimits(limits)
        model = try DecoderModel(
            configuration,
            weights: weights,
            limits: forward,
            backend: backend,
            givesHiddenStates: true
        )
        func integers(_ shape: Shape) throws(BackendError) -> Tensor {
            Tensor(storage: try backend.allocate(byteCount: shape.elementCount * 4), dtype: .int32, shape: shape)
        }
        let (tokens, sequences) = (forward.maxBatchedTokens, limits.maxSequences)
        do throws(BackendError) {
            cache = try backend.makeKVCache(
                spec: configuration.kvCacheSpec,
                dtype: .float32,
                blockCount: Self.blockCount(limits),
                blockSize: Self.blockSize
            )
            inputs = Inputs(
                tokenIDs: try integers([tokens]),
                positions: try integers([tokens]),
                slots: try integers([tokens]),
                starts: try integers([sequences + 1]),
                contexts: try integers([sequences]),
                blockTables: try integers([sequences, (limits.maxLength + Self.blockSize - 1) / Self.blockSize]),
                wanted: try integers([tokens])
            )
            let rows = max(limits.maxBatchedTokens, sequences)
            results = Tensor(
                storage: try backend.allocate(byteCount: rows * configuration.hiddenSize * 4),
                dtype: .float32,
                shape: Shape(rows, configuration.hiddenSize)
            )
        } catch { throw .backend(error) }
    }

    /// The vectors of the wanted tokens.
    ///
    /// - Precondition: the batch is within the limits, ids in range.
    package func hiddenStates(of batch: EncoderBatch, rows: EncoderRows) throws(BackendError) -> Tensor {
        let sequences = batch.sequences
        precondition(
            batch.tokenCount <= limits.maxBatchedTokens && sequences.count <= limits.maxSequences,
            "a batch of \(batch.tokenCount) tokens in \(sequences.count) sequences exceeds \(limits)"
        )
        var firstBlocks: [Int] = []
        var blocks = 0
        for sequence in sequences {
            firstBlocks.append(blocks)
            blocks += (sequence.tokens.count + Self.blockSize - 1) / Self.blockSize
        }
        var count = 0
        for pieces in steps(of: sequences) {
            let (step, wantedCount) = upload(pieces, of: sequences, firstBlocks: firstBlocks, rows: rows)
            let states = model.hiddenStates(step, cache: cache)
            for row in 0..<wantedCount { copy(states, row, to: count + row) }
            count += wantedCount
        }
        return results.prefix(rows: count)
    }

    /// The tokens of all sequences in order, cut into steps.
    private func steps(of sequences: [EncoderBatch.Sequence]) -> [[Piece]] {
        var steps: [[Piece]] = []
        var (pieces, room): ([Piece], Int) = ([], model.limits.maxBatchedTokens)
        for (index, sequence) in sequences.enumerated() {
            var begin = 0
            while begin < sequence.tokens.count {
                let end = min(sequence.tokens.count, begin + room)
                pieces.append(Piece(sequence: index, range: begin..<end))
                room -= end - begin
                begin = end
                if room == 0 {
                    steps.append(pieces)
                    (pieces, room) = ([], model.limits.maxBatchedTokens)
                }
            }
        }
        return pieces.isEmpty ? steps : steps + [pieces]
    }

    private func upload(
        _ pieces: [Piece],
        of sequences: [EncoderBatch.Sequence],
        firstBlocks: [Int],
        rows: EncoderRows
    ) -> (ForwardBatch, wantedCount: Int) {
        let width = inputs.blockTables.shape[1]
        var (tokens, positions, slots, wanted): ([Int32], [Int32], [Int32], [Int32]) = ([], [], [], [])
        var (starts, contexts, table): ([Int32], [Int32], [Int32]) = ([0], [], [])
        for piece in pieces {
            let sequence = sequences[piece.sequence].tokens
            let first = firstBlocks[piece.sequence]
            for position in piece.range {
                let isWanted =
                    rows == .all || (rows == .first ? position == 0 : position == sequence.count - 1)
                if isWanted { wanted.append(Int32(tokens.count)) }
                tokens.append(sequence[position])
                positions.append(Int32(position))
                slots.append(Int32(first * Self.blockSize + position))
            }
            starts.append(Int32(tokens.count))
            contexts.append(Int32(piece.range.upperBound))
            let blocks = (piece.range.upperBound + Self.blockSize - 1) / Self.blockSize
            table += (0..<width).map { $0 < blocks ? Int32(first + $0) : 0 }
        }
        backend.upload(tokens, to: inputs.tokenIDs)
        backend.upload(positions, to: inputs.positions)
        backend.upload(slots, to: inputs.slots)
        backend.upload(starts, to: inputs.starts)
        backend.upload(contexts, to: inputs.contexts)
        backend.upload(table, to: inputs.blockTables)
        backend.upload(wanted, to: inputs.wanted)
        let attention = AttentionBatch(
            positions: inputs.positions.prefix(rows: tokens.count),
            slotMapping: inputs.slots.prefix(rows: tokens.count),
            queryStarts: inputs.starts,
            contextLengths: inputs.contexts,
            blockTables: inputs.blockTables,
            sequenceCount: pieces.count,
            tokenCount: tokens.count
        )
        let batch = ForwardBatch(
            tokenIDs: inputs.tokenIDs.prefix(rows: tokens.count),
            logitsIndices: inputs.wanted.prefix(rows: wanted.count),
            logitsCount: wanted.count,
            attention: attention
        )
        return (batch, wanted.count)
    }

    private func copy(_ states: Tensor, _ row: Int, to target: Int) {
        backend.withHostRow(states, row: row) { source in
            backend.withHostRow(results, row: target) { result in
                for index in result.indices { result[index] = source[index] }
            }
        }
    }
}
