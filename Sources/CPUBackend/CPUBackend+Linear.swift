import CMartletKernels
package import MartletTensors

extension CPUBackend {
    /// Bytes of weights of one chunk: they stay in the second-level cache while all tokens pass over them.
    private static let chunkByteCount = 96 << 10
    /// The same for a single token, which reads them once: long enough that the beginnings of streams hardly count.
    private static let streamedChunkByteCount = 1 << 20

    package func linear(_ input: Tensor, _ weight: Weight, into output: Tensor) {
        let product = LinearProduct(input: input, weight: weight, output: output)
        check(product)
        guard input.shape[0] > 0, weight.outputCount > 0 else { return }
        guard weight.isUniform else { return partByPart(input, weight, into: output) }
        if weight.format.block != nil { return blockLinear(input, weight, into: output) }
        let memory = unsafe scratchMemory(count: preparedCount(product))
        let prepared = unsafe prepare(product, in: memory)
        pool.run(count: prepared.chunkCount) { _, chunk in multiply(prepared, chunk: chunk) }
    }

    package func linear(_ products: [LinearProduct]) {
        let canShareThreads = products.allSatisfy { product in
            let weight = product.weight
            return weight.isUniform && weight.format.block == nil && product.input.shape[0] > 0
                && weight.outputCount > 0
        }
        guard canShareThreads, products.count > 1 else {
            for product in products { linear(product.input, product.weight, into: product.output) }
            return
        }
        var memory = unsafe scratchMemory(count: products.reduce(0) { $0 + preparedCount($1) })
        var all = prepared
        prepared = []
        for product in products {
            check(product)
            all.append(unsafe prepare(product, in: memory))
            unsafe memory += preparedCount(product)
        }
        pool.run(count: all.reduce(0) { $0 + $1.chunkCount }) { _, chunk in
            var first = chunk
            for product in all {
                if first < product.chunkCount { return multiply(product, chunk: first) }
                first -= product.chunkCount
            }
        }
        all.removeAll(keepingCapacity: true)
        prepared = all
    }

    private func check(_ product: LinearProduct) {
        let (input, weight, output) = (product.input, product.weight, product.output)
        input.requireFloat32("the input of linear")
        output.requireFloat32("the output of linear")
        precondition(
            input.rowElementCount == weight.inputCount && output.rowElementCount == weight.outputCount
                && output.shape[0] >= input.shape[0],
            "linear of \(input.shape) with [\(weight.outputCount), \(weight.inputCount)] into \(output.shape)"
        )
    }

    /// The floats of scratch memory that a product's inputs take, in whole cache lines.
    private func preparedCount(_ product: LinearProduct) -> Int {
        let (weight, tokens) = (product.weight, product.input.shape[0])
        if weight.format.isPacked { return packedInputsCount(weight, tokens: tokens) }
        return takesInputsAsTheyAre(product) ? 0 : ck_linear_packed_count(weight.inputCount, tokens)
    }

    /// Whether the kernels read whole blocks of the inputs where they are.
    ///
    /// Not where all rows begin in the same sets of the first-level cache: they would push each other out.
    private func takesInputsAsTheyAre(_ product: LinearProduct) -> Bool {
        let (weight, input) = (product.weight, product.input)
        let sharesSets = input.shape[0] > 1 && input.rowStride * input.dtype.byteCount % 4096 == 0
        return weight.format.dtype != .bfloat16 && weight.inputCount % Int(CK_LINEAR_BLOCK) == 0 && !sharesSets
    }

    /// Arranges a product's inputs.
    @unsafe
    private func prepare(_ product: LinearProduct, in memory: UnsafeMutablePointer<Float>) -> PreparedProduct {
        let arguments =
            product.weight.format.isPacked
            ? unsafe PreparedProduct.Arguments.packed(quantizedInputs(product, in: memory))
            : unsafe PreparedProduct.Arguments.plain(plainInputs(product, in: memory))
        return unsafe PreparedProduct(
            product,
            arguments: arguments,
            rowsPerChunk: Self.rowsPerChunk(
                of: product.weight,
                tokens: product.input.shape[0],
                threads: pool.threadCount
            )
        )
    }

    @unsafe
    private func plainInputs(_ product: LinearProduct, in memory: UnsafeMutablePointer<Float>) -> ck_linear {
        let (input, weight) = (product.input, product.weight)
        let isRounded = roundsInputs && weight.format.dtype == .bfloat16
        var shape = unsafe ck_linear()
        unsafe shape.format = isRounded ? CK_BFLOAT16_DOT : weight.format.dtype.kernelFormat
        unsafe shape.inputs = weight.inputCount
        unsafe shape.tokens = input.shape[0]
        unsafe shape.output_stride = product.output.rowStride
        if takesInputsAsTheyAre(product) {
            unsafe shape.packed = UnsafePointer(input.floats(row: 0))
            unsafe shape.input_stride = input.rowStride
        } else {
            unsafe shape.packed = UnsafePointer(memory)
            unsafe pack(input, as: shape, into: memory)
        }
        return unsafe shape
    }

    /// The products of a chunk of rows.
    private func multiply(_ product: PreparedProduct, chunk: Int) {
        let (part, rows, column) = product.weight.rows(ofChunk: chunk, perChunk: product.rowsPerChunk)
        let output = unsafe product.output.floats(row: 0) + column
        switch unsafe product.arguments {
        case .plain(let shape): unsafe multiply(part, rows: rows, shape: shape, into: output)
        case .packed(let shape): unsafe multiply(part, rows: rows, shape: shape, into: output)
        }
    }

    /// Calls `body` with some rows of a part at a time, on all threads; `column` is where the part's products begin.
    func forRows(
        of weight: Weight,
        perChunk: Int,
        _ body: (_ thread: Int, _ part: Weight.Part, Range<Int>, _ column: Int) -> Void
    ) {
        pool.run(count: weight.chunkCount(perChunk: perChunk)) { thread, chunk in
            let (part, rows, column) = weight.rows(ofChunk: chunk, perChunk: perChunk)
            body(thread, part, rows, column)
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
