package import MartletTensors

/// Runs a model on a few sequences without an engine: for diagnosis and for tests.
///
/// Every sequence keeps its own blocks of one cache for the runner's life; nothing is scheduled, shared or sampled.
package final class SequenceRunner {
    /// Which rows' logits a step returns.
    package enum LogitsRows: Sendable {
        /// None.
        case none
        /// The last row of each chunk.
        case last
        /// Every row.
        case all
    }

    /// New tokens of one sequence.
    package struct Chunk: Sendable {
        /// Which sequence.
        package var sequence: Int
        /// Its next tokens.
        package var tokens: [Int32]

        /// New tokens of a sequence.
        package init(sequence: Int, tokens: [Int32]) {
            self.sequence = sequence
            self.tokens = tokens
        }
    }

    /// The model.
    package let model: any LanguageModel
    private let backend: any Backend
    private let cache: KVCache
    private let blockSize: Int
    private let blockTables: [[Int32]]
    private var lengths: [Int]
    private let inputs: Inputs

    /// The integer tensors of a batch, at their greatest size.
    private struct Inputs {
        let tokenIDs: Tensor
        let positions: Tensor
        let slotMapping: Tensor
        let queryStarts: Tensor
        let contextLengths: Tensor
        let blockTables: Tensor
        let logitsIndices: Tensor
        let logits: Tensor
    }

    /// A runner with a cache for a number of sequences of the model's greatest length.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - backend: the one it was loaded for.
    ///   - cacheType: the element type of the cache.
    ///   - blockSize: tokens of a block.
    ///   - sequenceCount: how many sequences there can be.
    /// - Throws: `BackendError` when the memory is not to be had.
    package init(
        model: any LanguageModel,
        backend: any Backend,
        cacheType: DType = .float32,
        blockSize: Int = 16,
        sequenceCount: Int = 1
    ) throws(BackendError) {
        self.model = model
        self.backend = backend
        self.blockSize = blockSize
        let blocksEach = (model.limits.maxModelLength + blockSize - 1) / blockSize
        // blocks are dealt in turn and backwards, so that no sequence lies contiguously
        let count = blocksEach * sequenceCount
        blockTables = (0..<sequenceCount).map { sequence in
            (0..<blocksEach).map { Int32(count - 1 - ($0 * sequenceCount + sequence)) }
        }
        lengths = Array(repeating: 0, count: sequenceCount)
        cache = try backend.makeKVCache(
            spec: model.kvCacheSpec,
            dtype: cacheType,
            blockCount: count,
            blockSize: blockSize
        )
        let (tokens, rows) = (model.limits.maxBatchedTokens, model.limits.maxLogitsRows)
        inputs = Inputs(
            tokenIDs: try Self.integers([tokens], backend),
            positions: try Self.integers([tokens], backend),
            slotMapping: try Self.integers([tokens], backend),
            queryStarts: try Self.integers([sequenceCount + 1], backend),
            contextLengths: try Self.integers([sequenceCount], backend),
            blockTables: try Self.integers([sequenceCount, blocksEach], backend),
            logitsIndices: try Self.integers([rows], backend),
            logits: Tensor(
                storage: try backend.allocate(byteCount: rows * model.vocabularySize * 4),
                dtype: .float32,
                shape: Shape(rows, model.vocabularySize)
            )
        )
    }

    private static func integers(_ shape: Shape, _ backend: any Backend) throws(BackendError) -> Tensor {
        Tensor(storage: try backend.allocate(byteCount: shape.elementCount * 4), dtype: .int32, shape: shape)
    }

    /// The number of tokens of a sequence that are in the cache.
    package func length(of sequence: Int) -> Int { lengths[sequence] }

    /// Forgets the tokens of a sequence beyond the first `count`.
    package func truncate(_ sequence: Int, to count: Int = 0) { lengths[sequence] = min(lengths[sequence], count) }

    /// Adds tokens to sequences in one call of the model.
    ///
    /// - Parameters:
    ///   - chunks: at most one for each sequence.
    ///   - rows: which logits to return.
    /// - Returns: rows of `vocabularySize` logits in the order of the tokens.
    /// - Throws: `ModelError` when a token is not in the vocabulary, a sequence grows too long or the device fails.
    /// - Precondition: the chunks keep to the model's limits.
    package func step(_ chunks: [Chunk], logits rows: LogitsRows) throws(ModelError) -> [[Float]] {
        var (tokens, positions, slots): ([Int32], [Int32], [Int32]) = ([], [], [])
        var (starts, contexts, tables, indices): ([Int32], [Int32], [Int32], [Int32]) = ([0], [], [], [])
        for chunk in chunks {
            let start = lengths[chunk.sequence]
            let end = start + chunk.tokens.count
            guard !chunk.tokens.isEmpty, end <= model.limits.maxModelLength else {
                throw .invalidLength(tokenCount: end, limit: model.limits.maxModelLength)
            }
            let table = blockTables[chunk.sequence]
            for (position, token) in zip(start..<end, chunk.tokens) {
                guard token >= 0, token < model.vocabularySize else {
                    throw .invalidToken(id: token, vocabularySize: model.vocabularySize)
                }
                positions.append(Int32(position))
                slots.append(table[position / blockSize] * Int32(blockSize) + Int32(position % blockSize))
                if case .all = rows { indices.append(Int32(tokens.count)) }
                tokens.append(token)
            }
            if case .last = rows { indices.append(Int32(tokens.count - 1)) }
            starts.append(Int32(tokens.count))
            contexts.append(Int32(end))
            tables += table
        }
        backend.upload(tokens, to: inputs.tokenIDs)
        backend.upload(positions, to: inputs.positions)
        backend.upload(slots, to: inputs.slotMapping)
        backend.upload(starts, to: inputs.queryStarts)
        backend.upload(contexts, to: inputs.contextLengths)
        backend.upload(tables, to: inputs.blockTables)
        backend.upload(indices, to: inputs.logitsIndices)
        let batch = batch(tokenCount: tokens.count, sequenceCount: chunks.count, logitsCount: indices.count)
        let output = inputs.logits.prefix(rows: indices.count)
        do throws(BackendError) {
            try model.forward(batch, cache: cache, logits: output)
        } catch { throw .backend(error) }
        for chunk in chunks { lengths[chunk.sequence] += chunk.tokens.count }
        return indices.indices.map { row in
            backend.withHostRow(output, row: row) { values in values.indices.map { values[$0] } }
        }
    }

    private func batch(tokenCount: Int, sequenceCount: Int, logitsCount: Int) -> ForwardBatch {
        ForwardBatch(
            tokenIDs: inputs.tokenIDs.prefix(rows: tokenCount),
            logitsIndices: inputs.logitsIndices.prefix(rows: logitsCount),
            logitsCount: logitsCount,
            attention: AttentionBatch(
                positions: inputs.positions.prefix(rows: tokenCount),
                slotMapping: inputs.slotMapping.prefix(rows: tokenCount),
                queryStarts: inputs.queryStarts.prefix(rows: sequenceCount + 1),
                contextLengths: inputs.contextLengths.prefix(rows: sequenceCount),
                blockTables: inputs.blockTables.prefix(rows: sequenceCount),
                sequenceCount: sequenceCount,
                tokenCount: tokenCount
            )
        )
    }

    /// The logits of a whole sequence, read in chunks that keep to the model's limits.
    ///
    /// - Parameters:
    ///   - tokens: the sequence from its beginning; the first sequence's earlier tokens are forgotten.
    ///   - allPositions: whether every position's logits are wanted, or the last one's only.
    /// - Returns: one row of logits, or one for each token.
    /// - Throws: `ModelError` when a token is not in the vocabulary, the sequence is too long or the device fails.
    package func logits(_ tokens: [Int32], allPositions: Bool = false) throws(ModelError) -> [[Float]] {
        truncate(0)
        guard !tokens.isEmpty, tokens.count <= model.limits.maxModelLength else {
            throw .invalidLength(tokenCount: tokens.count, limit: model.limits.maxModelLength)
        }
        let limits = model.limits
        let size = allPositions ? min(limits.maxBatchedTokens, limits.maxLogitsRows) : limits.maxBatchedTokens
        var rows: [[Float]] = []
        for start in stride(from: 0, to: tokens.count, by: size) {
            let end = min(start + size, tokens.count)
            let isLast = end == tokens.count
            let chunk = Chunk(sequence: 0, tokens: Array(tokens[start..<end]))
            rows += try step([chunk], logits: allPositions ? .all : isLast ? .last : .none)
        }
        return rows
    }

    /// The tokens that follow a prompt when each is the one with the greatest logit.
    ///
    /// - Parameters:
    ///   - prompt: the sequence from its beginning.
    ///   - count: how many tokens to add.
    ///   - onLogits: sees the logits that each token was chosen from.
    /// - Returns: the added tokens.
    /// - Throws: `ModelError` when a token is not in the vocabulary, the sequence is too long or the device fails.
    package func greedy(
        _ prompt: [Int32],
        count: Int,
        onLogits: ([Float]) -> Void = { _ in }
    ) throws(ModelError) -> [Int32] {
        var row = try logits(prompt).last ?? []
        var output: [Int32] = []
        while output.count < count {
            onLogits(row)
            let best = row.indices.max { row[$0] < row[$1] } ?? 0
            // of equal ones the first
            let first = row.firstIndex(of: row[best]) ?? best
            output.append(Int32(first))
            if output.count < count {
                row = try step([Chunk(sequence: 0, tokens: [Int32(first)])], logits: .last).last ?? []
            }
        }
        return output
    }
}
