import CMartletKernels
package import MartletTensors

extension CPUBackend {
    /// Bytes of weights of one chunk: they stay in the second-level cache while all tokens pass over them.
    private static let chunkByteCount = 96 << 10
    /// The same for a single token, which reads them once: long enough that the beginnings of streams hardly count.
    private static let streamedChunkByteCount = 1 << 20

    package func linear(_ input: Tensor, _ weight: Weight, into output: Tensor) {
        let tokens = input.shape[0]
        input.requireFloat32("the input of linear")
        output.requireFloat32("the output of linear")
        precondition(
            input.rowElementCount == weight.inputCount && output.rowElementCount == weight.outputCount
                && output.shape[0] >= tokens,
            "linear of \(input.shape) with [\(weight.outputCount), \(weight.inputCount)] into \(output.shape)"
        )
        guard tokens > 0, weight.outputCount > 0 else { return }
        guard weight.isUniform else { return partByPart(input, weight, into: output) }
        if weight.format.block != nil { return blockLinear(input, weight, into: output) }
        if weight.format.isPacked { return packedLinear(input, weight, into: output) }

        let packed = unsafe scratchMemory(count: ck_linear_packed_count(weight.inputCount, tokens))
        var shape = unsafe ck_linear()
        unsafe shape.format = weight.format.dtype.kernelFormat
        unsafe shape.packed = UnsafePointer(packed)
        unsafe shape.inputs = weight.inputCount
        unsafe shape.tokens = tokens
        unsafe shape.output_stride = output.rowStride
        unsafe pack(input, as: shape, into: packed)

        forRows(of: weight, perChunk: Self.rowsPerChunk(of: weight, tokens: tokens, threads: pool.threadCount)) {
            _,
            part,
            rows,
            column in
            unsafe multiply(part, rows: rows, shape: shape, into: output.floats(row: 0) + column)
        }
    }

    /// Calls `body` with some rows of a part at a time, on all threads; `column` is where the part's products begin.
    func forRows(
        of weight: Weight,
        perChunk: Int,
        _ body: (_ thread: Int, _ part: Weight.Part, Range<Int>, _ column: Int) -> Void
    ) {
        let chunks = weight.parts.reduce(0) { $0 + ($1.outputCount + perChunk - 1) / perChunk }
        pool.run(count: chunks) { thread, chunk in
            var first = chunk
            var column = 0
            for part in weight.parts {
                let count = (part.outputCount + perChunk - 1) / perChunk
                if first < count {
                    let begin = first * perChunk
                    return body(thread, part, begin..<min(begin + perChunk, part.outputCount), column)
                }
                first -= count
                column += part.outputCount
            }
        }
    }

    /// The products of some rows of a part.
    @unsafe
    private func multiply(
        _ part: Weight.Part,
        rows: Range<Int>,
        shape: ck_linear,
        into output: UnsafeMutablePointer<Float>
    ) {
        var arguments = unsafe shape
        unsafe arguments.weight = UnsafeRawPointer(part.tensor.rowAddress(0))
        unsafe arguments.weight_stride = part.tensor.rowStride * part.tensor.dtype.byteCount
        unsafe arguments.output = output
        if let bias = part.bias {
            unsafe arguments.bias = UnsafeRawPointer(bias.rowAddress(0))
            unsafe arguments.bias_format = bias.dtype.kernelFormat
        }
        unsafe kernels.pointee.linear(&arguments, rows.lowerBound, rows.upperBound)
    }

    /// Arranges the input for the kernels.
    @unsafe
    func pack(_ input: Tensor, as shape: ck_linear, into packed: UnsafeMutablePointer<Float>) {
        let tile = unsafe kernels.pointee.linear_tile
        let tokens = unsafe shape.tokens
        let inputs = unsafe shape.inputs
        forRows((tokens + tile - 1) / tile, elements: tile * inputs) { tiles in
            var shape = unsafe shape
            unsafe kernels.pointee.linear_pack(
                &shape,
                packed,
                input.floats(row: 0),
                input.rowStride,
                tiles.lowerBound * tile,
                min(tiles.upperBound * tile, tokens)
            )
        }
    }

    /// Rows of a chunk: blocks of the kernels' sixteen, panels of packed ones, fewer where every thread would not get several
    /// chunks.
    static func rowsPerChunk(of weight: Weight, tokens: Int, threads: Int) -> Int {
        let rowByteCount = max(1, weight.byteCount / weight.outputCount)
        let byteCount = tokens == 1 ? streamedChunkByteCount : chunkByteCount
        // every stream of a single token's product gets whole rows or groups
        let groups = Int(tokens == 1 ? CK_PACKED_STREAMS : CK_PACKED_PANEL)
        let least = weight.format.isPacked ? PackedLayout.groupRows * groups : Int(CK_STREAMS)
        let step = max(16, least)
        let fitting = max(step, byteCount / rowByteCount / step * step)
        let shared = weight.outputCount / (threads * 4) / least * least
        return max(least, min(fitting, shared))
    }
}
