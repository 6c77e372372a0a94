import MartletTensors

/// Measures attention over a filled cache, one token of each sequence or a chunk of a prompt.
struct AttentionBench {
    let shape: ModelShape
    let dtype: DType
    let data: KernelData
    let timer: KernelTimer
    private static let blockSize = 16
    /// More keys and values than any cache holds, in as many layers as that takes.
    private static let cacheByteCount = 256 << 20

    /// A batch: sequences of one length, each with that many tokens in the call.
    private struct Case {
        let name: String
        let sequences: Int
        let tokens: Int
        let context: Int
    }

    private static let cases = [
        Case(name: "decode", sequences: 1, tokens: 1, context: 512),
        Case(name: "decode", sequences: 1, tokens: 1, context: 8192),
        Case(name: "decode", sequences: 16, tokens: 1, context: 512),
        Case(name: "decode", sequences: 16, tokens: 1, context: 2048),
        Case(name: "prefill", sequences: 1, tokens: 256, context: 256),
        Case(name: "prefill", sequences: 1, tokens: 256, context: 2048),
        Case(name: "prefill", sequences: 1, tokens: 256, context: 8192),
    ]

    /// One result for every case.
    func run(report: (KernelMeasurement) -> Void) throws {
        let (queryHeads, keyHeads, width) = shape.heads
        let parameters = AttentionParameters(
            headCount: queryHeads,
            kvHeadCount: keyHeads,
            headDimension: width,
            scale: 1 / Float(width).squareRoot()
        )
        for item in Self.cases {
            let bytesPerToken = 2 * keyHeads * width * dtype.byteCount
            let layerByteCount = item.sequences * item.context * bytesPerToken
            let layers = min(shape.layerCount, max(1, Self.cacheByteCount / layerByteCount))
            let cache = try filledCache(item, layers: layers)
            let batch = try batch(item, tokens: item.tokens)
            let queries = try data.activations(batch.tokenCount, queryHeads * width)
            let output = try data.activations(batch.tokenCount, queryHeads * width)
            let seconds = timer.measure { call in
                data.backend.attention(
                    queries,
                    cache: cache,
                    layer: call % layers,
                    batch: batch,
                    parameters: parameters,
                    into: output
                )
            }
            // token t of the chunk sees the context before the chunk and t + 1 of the chunk
            let seen = item.tokens * (item.context - item.tokens) + item.tokens * (item.tokens + 1) / 2
            report(
                KernelMeasurement(
                    kernel: "attention",
                    format: dtype.name,
                    size: "\(item.name) \(item.sequences) x \(item.context)",
                    tokens: batch.tokenCount,
                    byteCount: layerByteCount,
                    operationCount: 4 * item.sequences * seen * queryHeads * width,
                    seconds: seconds
                )
            )
        }
    }

    /// A batch that ends at the case's context.
    private func batch(_ item: Case, tokens: Int, end: Int? = nil) throws -> AttentionBatch {
        let end = end ?? item.context
        let blocks = item.context / Self.blockSize
        var (positions, slots, starts, tables) = ([Int32](), [Int32](), [Int32(0)], [Int32]())
        for sequence in 0..<item.sequences {
            for position in end - tokens..<end {
                positions.append(Int32(position))
                slots.append(Int32(sequence * item.context + position))
            }
            starts.append(Int32(positions.count))
            tables += (0..<blocks).map { Int32(sequence * blocks + $0) }
        }
        let table = try data.indices(tables)
        return AttentionBatch(
            positions: try data.indices(positions),
            slotMapping: try data.indices(slots),
            queryStarts: try data.indices(starts),
            contextLengths: try data.indices(Array(repeating: Int32(end), count: item.sequences)),
            blockTables: Tensor(storage: table.storage, dtype: .int32, shape: Shape(item.sequences, blocks)),
            sequenceCount: item.sequences,
            tokenCount: positions.count
        )
    }

    private func filledCache(_ item: Case, layers: Int) throws -> KVCache {
        let spec = KVCacheSpec(
            layerCount: layers,
            kvHeadCount: shape.heads.keyValue,
            headDimension: shape.heads.width
        )
        let cache = try data.backend.makeKVCache(
            spec: spec,
            dtype: dtype,
            blockCount: item.sequences * item.context / Self.blockSize,
            blockSize: Self.blockSize
        )
        let piece = min(512, item.context)
        let keys = try data.activations(item.sequences * piece, spec.kvHeadCount * spec.headDimension)
        for begin in stride(from: 0, to: item.context, by: piece) {
            let batch = try batch(item, tokens: piece, end: begin + piece)
            for layer in 0..<layers {
                data.backend.writeKV(keys: keys, values: keys, to: cache, layer: layer, batch: batch)
            }
        }
        return cache
    }
}
