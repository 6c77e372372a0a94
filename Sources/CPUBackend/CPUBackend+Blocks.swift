import CMartletKernels
package import MartletTensors

extension CPUBackend {
    /// Bytes of decoded weights that several tokens pass over: a share of the second-level cache.
    private static let decodedByteCount = 256 << 10

    /// The product with weights in blocks: values are widened as they are used, in the order of float32.
    func blockLinear(_ input: Tensor, _ weight: Weight, into output: Tensor) {
        let tokens = input.shape[0]
        let length = weight.parts.reduce(32) { max($0, $1.format.blockSize) }
        let width = (weight.inputCount + length - 1) / length * length
        let rows = max(4, min(16, Self.decodedByteCount / 4 / width / 4 * 4))
        let packedCount = ck_linear_packed_count(weight.inputCount, tokens)
        let memory = unsafe scratchMemory(count: packedCount + pool.threadCount * rows * width)
        var shape = unsafe ck_linear()
        unsafe shape.format = CK_FLOAT32
        unsafe shape.packed = UnsafePointer(memory)
        unsafe shape.inputs = weight.inputCount
        unsafe shape.tokens = tokens
        unsafe shape.output_stride = output.rowStride
        unsafe pack(input, as: shape, into: memory)
        let chunk = Self.rowsPerChunk(of: weight, tokens: tokens, threads: pool.threadCount)
        forRows(of: weight, perChunk: tokens == 1 ? chunk : (chunk + rows - 1) / rows * rows) {
            thread,
            part,
            range,
            column in
            let values = unsafe memory + packedCount + thread * rows * width
            var scratch = unsafe ck_block_scratch(values: values, rows: rows)
            unsafe multiply(part, rows: range, shape, &scratch, into: output.floats(row: 0) + column)
        }
    }

    /// The products of some rows of a part in blocks.
    @unsafe
    private func multiply(
        _ part: Weight.Part,
        rows: Range<Int>,
        _ shape: ck_linear,
        _ scratch: inout ck_block_scratch,
        into output: UnsafeMutablePointer<Float>
    ) {
        guard let block = part.format.block else { preconditionFailure("\(part.format.name) has no blocks") }
        var arguments = unsafe shape
        unsafe arguments.weight = UnsafeRawPointer(part.tensor.rowAddress(0))
        unsafe arguments.weight_stride = part.tensor.rowStride
        unsafe arguments.output = output
        if let bias = part.bias {
            unsafe arguments.bias = UnsafeRawPointer(bias.rowAddress(0))
            unsafe arguments.bias_format = bias.dtype.kernelFormat
        }
        var kind = block.kernelKind
        unsafe kernels.pointee.block_linear(&arguments, &kind, &scratch, rows.lowerBound, rows.upperBound)
    }

    /// The product with parts that take their inputs differently: one after the other.
    func partByPart(_ input: Tensor, _ weight: Weight, into output: Tensor) {
        var column = 0
        for part in weight.parts {
            let columns = output.columns(column..<(column + part.outputCount))
            column += part.outputCount
            guard let order = part.inputOrder else {
                linear(input, Weight(stacking: [part], inputCount: weight.inputCount), into: columns)
                continue
            }
            let single = Weight(stacking: [part.inInputOrder], inputCount: weight.inputCount)
            linear(gathered(input, order), single, into: columns)
        }
    }

    /// The columns of the input in another order.
    private func gathered(_ input: Tensor, _ order: Tensor) -> Tensor {
        let (tokens, count) = (input.shape[0], input.rowElementCount)
        let result = orderedInputs(shape: Shape(tokens, count))
        let places = unsafe order.hostPointer(as: Int32.self)
        forRows(tokens, elements: count) { rows in
            for token in rows {
                let (from, to) = unsafe (input.floats(row: token), result.floats(row: token))
                for index in 0..<count { unsafe to[index] = from[Int(places[index])] }
            }
        }
        return result
    }

    package func embed(_ ids: Tensor, part table: Weight.Part, into output: Tensor) {
        guard let block = table.format.block else { return embed(ids, table: table.tensor, into: output) }
        output.requireFloat32("the output of embed")
        let width = output.rowElementCount
        precondition(
            block.rowByteCount(inputs: width) == table.tensor.rowElementCount,
            "embed of \(table.tensor.shape) bytes into \(output.shape)"
        )
        let padded = (width + block.length - 1) / block.length * block.length
        let scratch = unsafe scratchMemory(count: padded)
        var kind = block.kernelKind
        let tokens = unsafe ids.hostPointer(as: Int32.self)
        for token in 0..<ids.shape.elementCount {
            let row = unsafe Int(tokens[token])
            precondition(row >= 0 && row < table.outputCount, "id \(row) of \(table.outputCount) rows")
            unsafe kernels.pointee.decode_blocks(&kind, scratch, table.tensor.rowAddress(row), padded / block.length)
            unsafe output.floats(row: token).update(from: scratch, count: width)
        }
    }

    package func concurrently(_ count: Int, _ body: (Int) -> Void) {
        pool.run(count: count) { _, index in body(index) }
    }
}

extension BlockFormat {
    /// The kernels' description of the blocks.
    var kernelKind: ck_block_kind {
        ck_block_kind(
            format: coding.kernelFormat,
            scale_format: scaleType.kernelFormat,
            block_length: length,
            block_byte_count: byteCount
        )
    }
}

extension BlockFormat.Coding {
    /// The kernels' name.
    fileprivate var kernelFormat: ck_block_format {
        switch self {
        case .q4_0: CK_Q4_0
        case .q4_1: CK_Q4_1
        case .q5_0: CK_Q5_0
        case .q5_1: CK_Q5_1
        case .q8_0: CK_Q8_0
        case .q2_K: CK_Q2_K
        case .q3_K: CK_Q3_K
        case .q4_K: CK_Q4_K
        case .q5_K: CK_Q5_K
        case .q6_K: CK_Q6_K
        case .iq4_NL: CK_IQ4_NL
        case .iq4_XS: CK_IQ4_XS
        case .mxfp4: CK_MXFP4
        case .nvfp4: CK_NVFP4
        case .tq1_0: CK_TQ1_0
        case .tq2_0: CK_TQ2_0
        case .iq2_XXS: CK_IQ2_XXS
        case .iq2_XS: CK_IQ2_XS
        case .iq2_S: CK_IQ2_S
        case .iq3_XXS: CK_IQ3_XXS
        case .iq3_S: CK_IQ3_S
        case .iq1_S: CK_IQ1_S
        case .iq1_M: CK_IQ1_M
        case .grouped4: CK_GROUPED4
        case .grouped8: CK_GROUPED8
        case .groupedFP8: CK_GROUPED_FP8
        }
    }
}
