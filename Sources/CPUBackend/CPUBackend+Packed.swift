import CMartletKernels
package import MartletTensors

extension CPUBackend {
    /// The floats that a product's rounded inputs take, in whole cache lines.
    func packedInputsCount(_ weight: Weight, tokens: Int) -> Int {
        let blocks = PackedLayout(weight.format, inputCount: weight.inputCount).blockCount * tokens
        return (blocks * (PackedLayout.blockInputs / 4 + 4) + 15) / 16 * 16
    }

    /// Rounds the inputs of a product with packed weights to int8.
    @unsafe
    func quantizedInputs(_ product: LinearProduct, in memory: UnsafeMutablePointer<Float>) -> ck_packed_linear {
        let (input, weight) = (product.input, product.weight)
        let layout = PackedLayout(weight.format, inputCount: weight.inputCount)
        let tokens = input.shape[0]
        let blocks = layout.blockCount * tokens
        // values, scales, totals, offsets and sums of halves one behind the other, in floats
        let scales = unsafe memory + blocks * PackedLayout.blockInputs / 4
        var shape = unsafe ck_packed_linear()
        unsafe shape.values = UnsafePointer(UnsafeMutableRawPointer(memory).assumingMemoryBound(to: Int8.self))
        unsafe shape.scales = UnsafePointer(scales)
        unsafe shape.totals = UnsafePointer(scales + blocks)
        let sums = unsafe UnsafeMutableRawPointer(scales + 2 * blocks).assumingMemoryBound(to: Int32.self)
        unsafe shape.offsets = UnsafePointer(sums)
        if weight.parts.contains(where: { $0.format.packing == .k6 }) {
            unsafe shape.halves = UnsafePointer(sums + blocks)
        }
        unsafe shape.output_stride = product.output.rowStride
        unsafe shape.inputs = weight.inputCount
        unsafe shape.blocks = layout.blockCount
        unsafe shape.tokens = tokens
        unsafe quantizeInputs(input, as: shape)
        return unsafe shape
    }

    /// The products of some groups of rows of a packed part.
    @unsafe
    func multiply(
        _ part: Weight.Part,
        rows: Range<Int>,
        shape: ck_packed_linear,
        into output: UnsafeMutablePointer<Float>
    ) {
        let inputs = unsafe shape.inputs
        let layout = PackedLayout(part.format, inputCount: inputs)
        var arguments = unsafe shape
        unsafe arguments.weight = UnsafeRawPointer(part.tensor.rowAddress(0))
        unsafe arguments.group_stride = layout.groupByteCount
        unsafe arguments.format = part.format.packedKernelFormat
        unsafe arguments.scale_blocks = layout.blocksPerScale
        unsafe arguments.factor = part.factor
        unsafe arguments.outputs = part.outputCount
        unsafe arguments.output = output
        if let bias = part.bias { unsafe arguments.bias = UnsafePointer(bias.floats(row: 0)) }
        let rowsPerGroup = PackedLayout.groupRows
        unsafe kernels.pointee.packed_linear(
            &arguments,
            rows.lowerBound / rowsPerGroup,
            (rows.upperBound + rowsPerGroup - 1) / rowsPerGroup
        )
    }

    @unsafe
    private func quantizeInputs(_ input: Tensor, as shape: ck_packed_linear) {
        let tile = Int(CK_PACKED_TOKENS)
        let tokens = unsafe shape.tokens
        forRows((tokens + tile - 1) / tile, elements: tile * input.rowElementCount) { tiles in
            var shape = unsafe shape
            var quantized = unsafe ck_quantized_inputs(
                values: UnsafeMutablePointer(mutating: shape.values),
                scales: UnsafeMutablePointer(mutating: shape.scales),
                offsets: UnsafeMutablePointer(mutating: shape.offsets),
                totals: UnsafeMutablePointer(mutating: shape.totals),
                halves: UnsafeMutablePointer(mutating: shape.halves)
            )
            unsafe kernels.pointee.quantize_inputs(
                &shape,
                &quantized,
                input.floats(row: 0),
                input.rowStride,
                tiles.lowerBound * tile,
                min(tiles.upperBound * tile, tokens)
            )
        }
    }

    /// Memory for packed rows: `[groups, bytes of a group]`.
    private func packedTensor(_ layout: PackedLayout, outputs: Int) throws(BackendError) -> Tensor {
        let groups = layout.groupCount(outputs: outputs)
        let memory = try weightArena.take(byteCount: groups * layout.groupByteCount)
        return Tensor(
            storage: memory.storage,
            offsetInBytes: memory.offset,
            dtype: .uint8,
            shape: Shape(groups, layout.groupByteCount)
        )
    }

    /// Calls `body` with some groups of rows at a time, on all threads.
    private func forGroups(of packed: Tensor, perChunk: Int, _ body: (Range<Int>) -> Void) {
        let groups = packed.shape[0]
        pool.run(count: (groups + perChunk - 1) / perChunk) { _, index in
            body(index * perChunk..<min((index + 1) * perChunk, groups))
        }
    }

    package func packed(_ part: Weight.Part) throws(BackendError) -> Weight.Part? {
        guard let block = part.format.block, let format = WeightFormat(packing: block) else { return nil }
        let inputs = part.tensor.rowElementCount / block.byteCount * block.length
        let layout = PackedLayout(format, inputCount: inputs)
        let tensor = try packedTensor(layout, outputs: part.outputCount)
        var arguments = unsafe ck_repacking()
        unsafe arguments.source = UnsafeRawPointer(part.tensor.rowAddress(0))
        unsafe arguments.source_stride = part.tensor.rowStride
        unsafe arguments.kind = block.kernelKind
        unsafe arguments.outputs = part.outputCount
        unsafe arguments.packed = tensor.rowAddress(0)
        unsafe arguments.group_stride = layout.groupByteCount
        unsafe arguments.format = format.packedKernelFormat
        unsafe arguments.scale_blocks = layout.blocksPerScale
        unsafe arguments.blocks = layout.blockCount
        let shared = unsafe arguments
        forGroups(of: tensor, perChunk: 16) { groups in
            var arguments = unsafe shared
            unsafe kernels.pointee.repack_rows(&arguments, groups.lowerBound, groups.upperBound)
        }
        return Weight.Part(
            packed: tensor,
            format: format,
            outputCount: part.outputCount,
            inputOrder: part.inputOrder,
            bias: part.bias
        )
    }

    package func quantize(_ part: Weight.Part, to format: WeightFormat) throws(BackendError) -> Weight.Part {
        let inputs = part.tensor.rowElementCount
        let layout = PackedLayout(format, inputCount: inputs)
        let tensor = try packedTensor(layout, outputs: part.outputCount)
        var arguments = unsafe ck_packing()
        unsafe arguments.source = UnsafeRawPointer(part.tensor.rowAddress(0))
        unsafe arguments.source_stride = part.tensor.rowStride * part.tensor.dtype.byteCount
        unsafe arguments.source_format = part.tensor.dtype.kernelFormat
        unsafe arguments.outputs = part.outputCount
        unsafe arguments.inputs = inputs
        unsafe arguments.packed = tensor.rowAddress(0)
        unsafe arguments.group_stride = layout.groupByteCount
        unsafe arguments.format = format.packedKernelFormat
        unsafe arguments.scale_blocks = layout.blocksPerScale
        unsafe arguments.blocks = layout.blockCount
        let factor = try unsafe scaleFactor(arguments)
        unsafe arguments.inverse_factor = 1 / factor
        let shared = unsafe arguments
        forGroups(of: tensor, perChunk: 8) { groups in
            var arguments = unsafe shared
            unsafe kernels.pointee.pack_rows(&arguments, groups.lowerBound, groups.upperBound)
        }
        return Weight.Part(
            packed: tensor,
            format: format,
            outputCount: part.outputCount,
            factor: factor,
            bias: part.bias
        )
    }

    /// The power of two that brings the greatest weight to 128…256, so that no float16 scale is too large and few are
    /// too small.
    @unsafe
    private func scaleFactor(_ arguments: ck_packing) throws(BackendError) -> Float {
        let rows = unsafe arguments.outputs
        let chunks = pool.threadCount * 4
        var maxima = [Float](repeating: 0, count: chunks)
        unsafe maxima.withUnsafeMutableBufferPointer { maxima in
            pool.run(count: chunks) { _, index in
                var arguments = unsafe arguments
                unsafe maxima[index] = kernels.pointee.greatest_magnitude(
                    &arguments,
                    rows * index / chunks,
                    rows * (index + 1) / chunks
                )
            }
        }
        let greatest = maxima.reduce(0, max)
        guard greatest.isFinite else { throw .notFinite }
        guard greatest > 0 else { return 1 }
        // 2^-118 and below would lose bits of the inverse
        return Float(sign: .plus, exponent: max(-118, Int(greatest.exponent) - 7), significand: 1)
    }
}

extension WeightFormat {
    /// The kernels' name of a packed format.
    fileprivate var packedKernelFormat: ck_packed_format {
        switch packing {
        case .int8: CK_INT8
        case .int6: CK_INT6
        case .int4: CK_INT4
        case .k4: CK_K4
        case .k5: CK_K5
        case .k6: CK_K6
        case .affine4: CK_AFFINE4
        case .affine8: CK_AFFINE8
        case nil: preconditionFailure("\(name) is not packed")
        }
    }
}
