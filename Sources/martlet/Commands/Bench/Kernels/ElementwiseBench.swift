import MartletTensors

/// Measures the operations between products: norms, rotation, activation, sampling's passes over logits.
///
/// Their data is what the operation before has just written, so it is not taken from other memory at each call: shares of
/// the read bandwidth may exceed one.
struct ElementwiseBench {
    let shape: ModelShape
    let tokenCounts: [Int]
    let data: KernelData
    let timer: KernelTimer
    private static let mostLogitsRows = 16

    /// One result for every operation and number of tokens.
    func run(report: (KernelMeasurement) -> Void) throws {
        for tokens in tokenCounts {
            try layerOperations(tokens, report)
            if tokens <= Self.mostLogitsRows { try logitsOperations(tokens, report) }
        }
    }

    private func layerOperations(_ tokens: Int, _ report: (KernelMeasurement) -> Void) throws {
        let (hidden, wide, width) = (shape.hiddenSize, shape.intermediateSize, shape.heads.width)
        let backend = data.backend
        let residual = try data.activations(tokens, hidden)
        let normed = try data.activations(tokens, hidden)
        let heads = try data.activations(tokens, shape.heads.query * width)
        let gateUp = try data.activations(tokens, 2 * wide)
        let activated = try data.activations(tokens, wide)
        let norm = try data.activations(1, hidden)
        let headNorm = try data.activations(1, width)
        let table = try data.activations(tokens, width)
        let positions = try data.indices((0..<tokens).map { Int32($0) })
        func vector(_ tensor: Tensor) -> Tensor {
            Tensor(storage: tensor.storage, dtype: .float32, shape: [tensor.shape[1]])
        }
        let (weight, headWeight) = (vector(norm), vector(headNorm))
        let calls: [(name: String, columns: Int, passes: Int, call: (Int) -> Void)] = [
            ("rms_norm", hidden, 2, { _ in backend.rmsNorm(residual, weight: weight, epsilon: 1e-6, into: normed) }),
            (
                "rms_norm heads", shape.heads.query * width, 2,
                { _ in backend.rmsNorm(heads, weight: headWeight, epsilon: 1e-6, into: heads) }
            ),
            ("add", hidden, 3, { _ in backend.add(normed, to: residual) }),
            (
                "rotary", shape.heads.query * width, 2,
                { _ in
                    backend.applyRotaryEmbedding(
                        heads,
                        positions: positions,
                        table: table,
                        headDimension: width,
                        pairs: .halves
                    )
                }
            ),
            ("silu_multiply", wide, 3, { _ in backend.gate(gateUp, .activation(.silu), into: activated) }),
        ]
        for (name, columns, passes, call) in calls {
            report(measurement(name, tokens: tokens, columns: columns, passes: passes, timer.measure(call)))
        }
    }

    private func logitsOperations(_ rows: Int, _ report: (KernelMeasurement) -> Void) throws {
        let backend = data.backend
        let logits = try data.activations(rows, shape.vocabularySize)
        let seconds = timer.measure { _ in _ = backend.argMax(logits) }
        report(measurement("arg_max", tokens: rows, columns: shape.vocabularySize, passes: 1, seconds))
    }

    private func measurement(
        _ name: String,
        tokens: Int,
        columns: Int,
        passes: Int,
        _ seconds: Summary
    ) -> KernelMeasurement {
        KernelMeasurement(
            kernel: name,
            format: DType.float32.name,
            size: "\(tokens)x\(columns)",
            tokens: tokens,
            byteCount: 4 * passes * tokens * columns,
            operationCount: 0,
            seconds: seconds
        )
    }
}
