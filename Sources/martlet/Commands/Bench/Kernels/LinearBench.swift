import MartletTensors

/// Measures products of activations with a model's weights.
struct LinearBench {
    let shape: ModelShape
    let tokenCounts: [Int]
    let data: KernelData
    let timer: KernelTimer
    /// More rows of logits than sequences run at once are of no use.
    private static let mostHeadTokens = 16

    /// The matrices of a layer as they are multiplied, and the output matrix.
    private var matrices: [(name: String, outputs: Int, inputs: Int)] {
        let (queries, keys) = (shape.heads.query * shape.heads.width, shape.heads.keyValue * shape.heads.width)
        return [
            ("qkv", queries + 2 * keys, shape.hiddenSize), ("o", shape.hiddenSize, queries),
            ("gate_up", 2 * shape.intermediateSize, shape.hiddenSize),
            ("down", shape.hiddenSize, shape.intermediateSize), ("head", shape.vocabularySize, shape.hiddenSize),
        ]
    }

    /// One result for every matrix and number of tokens; what cannot be made is named on standard error.
    func run(_ format: WeightFormat, report: (KernelMeasurement) -> Void) throws {
        for (name, outputs, inputs) in matrices {
            guard let weights = data.weights(format, outputs: outputs, inputs: inputs) else {
                Terminal.error("\(format.name) \(name): no such weights can be made here, not measured")
                continue
            }
            for tokens in tokenCounts where name != "head" || tokens <= Self.mostHeadTokens {
                let input = try data.activations(tokens, inputs)
                let output = try data.activations(tokens, outputs)
                let seconds = timer.measure { call in
                    data.backend.linear(input, weights[call % weights.count], into: output)
                }
                report(
                    KernelMeasurement(
                        kernel: "linear",
                        format: format.name,
                        size: "\(name) \(outputs)x\(inputs)",
                        tokens: tokens,
                        byteCount: format.byteCount(outputs: outputs, inputs: inputs),
                        operationCount: 2 * tokens * outputs * inputs,
                        seconds: seconds
                    )
                )
            }
        }
    }
}
