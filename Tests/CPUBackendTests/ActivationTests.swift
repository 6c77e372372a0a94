import Glibc
import MartletCPUBackend
import MartletTensors
import Testing

@Suite struct ActivationTests {
    /// The functions by their definitions, in double precision.
    static func value(_ activation: Activation, _ x: Double) -> Double {
        switch activation {
        case .silu: x / (1 + exponential(-x))
        case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
        case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .quickGelu: x / (1 + exponential(-1.702 * x))
        case .relu: max(x, 0)
        case .reluSquared: max(x, 0) * max(x, 0)
        }
    }

    @Test(
        "values are torch's",
        arguments: [
            ("silu", -1.5, -0.273_638_47), ("silu", 2.0, 1.761_594_2), ("gelu", -1.5, -0.100_210_8),
            ("gelu", 2.0, 1.954_499_7), ("gelu_pytorch_tanh", -1.5, -0.100_428_4),
            ("gelu_new", 2.0, 1.954_597_7), ("relu", -1.5, 0), ("relu", 2.0, 2), ("relu2", 3.0, 9),
        ] as [(String, Float, Float)]
    )
    func values(name: String, x: Float, expected: Float) throws {
        let activation = try #require(Activation(name: name))
        let tensor = makeTensor(Matrix(rows: 1, columns: 1, values: [x]))
        scalarBackend.activate(tensor, activation, into: tensor)
        #expect(abs(tensor.matrix.values[0] - expected) < 2e-6)
    }

    @Test func knowsItsNames() {
        for name in Activation.names.split(separator: ", ") { #expect(Activation(name: String(name)) != nil) }
        #expect(Activation(name: "tanh") == nil)
    }

    /// Small numbers, large ones and both ends.
    static func input(columns: Int, seed: UInt64) -> Matrix {
        var matrix = Matrix(rows: 3, columns: columns, seed: seed)
        for index in matrix.values.indices { matrix.values[index] *= [120, 4, 12][index % 3] }
        return matrix
    }

    @Test(arguments: Activation.allCases)
    func activationsOverTheWholeRange(_ activation: Activation) {
        for width in ElementwiseTests.widths {
            let x = Self.input(columns: 2 * width, seed: 5)
            let values = x.values.map { Self.value(activation, Double($0)) }
            let expected = makeOutput(3, 2 * width)
            scalarBackend.activate(makeTensor(x), activation, into: expected)
            #expect(worstError(expected.matrix.values, values) < 1e-6)
            let gated = (0..<3).flatMap { row in
                (0..<width).map { index in
                    values[row * 2 * width + index] * Double(x.values[row * 2 * width + width + index])
                }
            }
            let product = makeOutput(3, width)
            scalarBackend.gate(makeTensor(x), .activation(activation), into: product)
            #expect(worstError(product.matrix.values, gated) < 1e-6)
            for backend in backends {
                let inPlace = makeTensor(x, gap: 1)
                backend.activate(inPlace, activation, into: inPlace)
                #expect(inPlace.bits == expected.bits, "\(backend.name), width \(width)")
                let output = makeOutput(3, width, gap: 2)
                backend.gate(makeTensor(x, gap: 3), .activation(activation), into: output)
                #expect(output.bits == product.bits, "\(backend.name), width \(width)")
            }
        }
    }

    @Test func clampedGateFollowsItsDefinition() {
        for width in ElementwiseTests.widths {
            let x = Self.input(columns: 2 * width, seed: 6)
            let reference = (0..<3).flatMap { row in
                (0..<width).map { index in
                    let gate = min(Double(x.values[row * 2 * width + index]), 7)
                    let up = min(max(Double(x.values[row * 2 * width + width + index]), -7), 7)
                    return gate / (1 + exponential(-1.702 * gate)) * (up + 1)
                }
            }
            let expected = makeOutput(3, width)
            scalarBackend.gate(makeTensor(x), .clamped(factor: 1.702, limit: 7), into: expected)
            #expect(worstError(expected.matrix.values, reference) < 1e-6)
            for backend in backends {
                let output = makeOutput(3, width)
                backend.gate(makeTensor(x), .clamped(factor: 1.702, limit: 7), into: output)
                #expect(output.bits == expected.bits, "\(backend.name), width \(width)")
            }
        }
    }

    @Test func scalesClampsAndCaps() {
        let x = Self.input(columns: 37, seed: 7)
        for backend in backends {
            let scaled = makeTensor(x, gap: 1)
            backend.scale(scaled, by: 1.5)
            #expect(scaled.matrix.values == x.values.map { $0 * 1.5 })
            let clamped = makeTensor(x)
            backend.clamp(clamped, to: 3)
            #expect(clamped.matrix.values == x.values.map { min(max($0, -3), 3) })
            let capped = makeTensor(x, gap: 2)
            backend.softCap(capped, to: 30)
            #expect(worstError(capped.matrix.values, x.values.map { 30 * tanh(Double($0) / 30) }) < 2e-6)
        }
    }

    /// Groups with weights of their own, one weight for all, none.
    @Test(arguments: [0, 1, 3])
    func layerNormOfEveryGroup(_ period: Int) {
        for width in ElementwiseTests.widths where width > 1 {
            var x = Matrix(rows: 5, columns: 6 * width, seed: UInt64(width))
            for index in x.values.indices { x.values[index] = x.values[index] * 3 + 2 }
            let count = max(1, period) * width
            let (weight, bias) = (Matrix(rows: 1, columns: count, seed: 2), Matrix(rows: 1, columns: count, seed: 3))
            let norm = LayerNormParameters(
                width: width,
                weight: period > 0 ? makeTensor(weight) : nil,
                bias: period > 0 ? makeTensor(bias) : nil,
                epsilon: 1e-5
            )
            let reference = (0..<30).flatMap { group in
                let values = x.values[group * width..<(group + 1) * width].map { Double($0) }
                let mean = values.reduce(0, +) / Double(width)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
                return values.enumerated().map { index, value in
                    let place = group % max(1, period) * width + index
                    let normed = (value - mean) / (variance + 1e-5).squareRoot()
                    return period > 0 ? normed * Double(weight.values[place]) + Double(bias.values[place]) : normed
                }
            }
            let expected = makeOutput(5, 6 * width)
            scalarBackend.layerNorm(makeTensor(x), norm: norm, into: expected)
            #expect(worstError(expected.matrix.values, reference) < 2e-6)
            for backend in backends {
                let inPlace = makeTensor(x, gap: 7)
                backend.layerNorm(inPlace, norm: norm, into: inPlace)
                #expect(inPlace.bits == expected.bits, "\(backend.name), width \(width)")
            }
        }
    }

    @Test func weightedRowsAddUpInOrder() {
        let (x, weights) = (Matrix(rows: 7, columns: 35, seed: 8), Matrix(rows: 4, columns: 3, seed: 9))
        let rows = [6, 0, 3, 3, 3, 1, 5, 4, 2, 0, 0, 0]
        let indices = makeIndices(rows)
        let table = Tensor(storage: indices.storage, dtype: .int32, shape: Shape(4, 3))
        let expected = (0..<4).flatMap { token in
            (0..<35).map { column in
                (0..<3).reduce(Float(0)) { sum, place in
                    let factor = weights.values[token * 3 + place]
                    return sum.addingProduct(factor, x.values[rows[token * 3 + place] * 35 + column])
                }
            }
        }
        for backend in backends {
            let output = makeOutput(4, 35, gap: 1)
            backend.addWeightedRows(makeTensor(x, gap: 2), rows: table, weights: makeTensor(weights), into: output)
            #expect(output.matrix.values == expected, "\(backend.name)")
        }
    }
}
