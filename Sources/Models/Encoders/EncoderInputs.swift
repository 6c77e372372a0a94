import MartletTensors

/// The integers of a batch in the backend's memory, at their greatest size.
struct EncoderInputs: Sendable {
    /// Tokens of a block of the cache that keeps one layer's keys and values.
    static let blockSize = 16

    private let tokenIDs: Tensor
    private let types: Tensor
    private let tableRows: Tensor
    private let positions: Tensor
    private let slots: Tensor
    private let starts: Tensor
    private let lengths: Tensor
    private let blockTables: Tensor
    private let rows: Tensor

    /// The blocks that the greatest batch needs.
    static func blockCount(_ limits: EncoderLimits) -> Int {
        limits.maxBatchedTokens / blockSize + limits.maxSequences
    }

    /// Allocates the tensors.
    init(_ limits: EncoderLimits, backend: any Backend) throws(BackendError) {
        let tokens = limits.maxBatchedTokens
        let blocksEach = (limits.maxLength + Self.blockSize - 1) / Self.blockSize
        func integers(_ shape: Shape) throws(BackendError) -> Tensor {
            Tensor(storage: try backend.allocate(byteCount: shape.elementCount * 4), dtype: .int32, shape: shape)
        }
        tokenIDs = try integers([tokens])
        types = try integers([tokens])
        tableRows = try integers([tokens])
        positions = try integers([tokens])
        slots = try integers([tokens])
        starts = try integers([limits.maxSequences + 1])
        lengths = try integers([limits.maxSequences])
        blockTables = try integers([limits.maxSequences, blocksEach])
        rows = try integers([limits.maxSequences])
    }

    /// What a batch's layers and tables read.
    struct Uploaded {
        let tokenIDs: Tensor
        let types: Tensor
        /// Rows of a table of positions.
        let tableRows: Tensor
        let attention: AttentionBatch
        /// The wanted tokens; `nil` for all.
        let rows: Tensor?
    }

    /// Copies a batch.
    ///
    /// - Parameters:
    ///   - batch: within the limits.
    ///   - kind: how the rows of a table of positions are counted.
    ///   - wanted: which tokens' vectors are wanted.
    ///   - backend: the one whose memory this is.
    /// - Returns: views of the tensors.
    func upload(
        _ batch: EncoderBatch,
        positions kind: EncoderConfiguration.Positions,
        rows wanted: EncoderRows,
        backend: any Backend
    ) -> Uploaded {
        let count = batch.tokenCount
        let sequences = batch.sequences
        let (blocks, width) = (Self.blockSize, blockTables.shape[1])
        var (places, slotMapping, table, begin, wantedRows): ([Int32], [Int32], [Int32], [Int32], [Int32]) = (
            [], [], Array(repeating: 0, count: sequences.count * width), [0], []
        )
        var firstBlock = 0
        for (index, sequence) in sequences.enumerated() {
            let length = sequence.tokens.count
            for position in 0..<length {
                places.append(Int32(position))
                slotMapping.append(Int32(firstBlock * blocks + position))
            }
            let blockCount = (length + blocks - 1) / blocks
            for block in 0..<blockCount { table[index * width + block] = Int32(firstBlock + block) }
            firstBlock += blockCount
            let first = begin[index]
            begin.append(first + Int32(length))
            wantedRows.append(wanted == .last ? begin[index + 1] - 1 : first)
        }
        backend.upload(sequences.flatMap(\.tokens), to: tokenIDs)
        backend.upload(places, to: positions)
        backend.upload(slotMapping, to: slots)
        backend.upload(begin, to: starts)
        backend.upload(sequences.map { Int32($0.tokens.count) }, to: lengths)
        backend.upload(table, to: blockTables)
        backend.upload(sequences.flatMap { $0.types.isEmpty ? $0.tokens.map { _ in 0 } : $0.types }, to: types)
        if case .table(_, let offset, let paddingID) = kind {
            backend.upload(Self.tableRows(sequences, offset: offset, paddingID: paddingID), to: tableRows)
        }
        if wanted != .all { backend.upload(wantedRows, to: rows) }
        return Uploaded(
            tokenIDs: tokenIDs.prefix(rows: count),
            types: types.prefix(rows: count),
            tableRows: tableRows.prefix(rows: count),
            attention: AttentionBatch(
                positions: positions.prefix(rows: count),
                slotMapping: slots.prefix(rows: count),
                queryStarts: starts,
                contextLengths: lengths,
                blockTables: blockTables,
                sequenceCount: sequences.count,
                tokenCount: count,
                isCausal: false
            ),
            rows: wanted == .all ? nil : rows.prefix(rows: sequences.count)
        )
    }

    private static func tableRows(_ sequences: [EncoderBatch.Sequence], offset: Int, paddingID: Int32?) -> [Int32] {
        sequences.flatMap { sequence in
            var next = Int32(offset)
            return sequence.tokens.map { token in
                if token == paddingID { return Int32(offset) - 1 }
                next += 1
                return next - 1
            }
        }
    }
}
