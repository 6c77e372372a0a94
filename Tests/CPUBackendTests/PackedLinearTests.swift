import MartletCPUBackend
import MartletTensors
import Testing

@Suite struct PackedLinearTests {
    struct Case: CustomStringConvertible {
        var format: WeightFormat
        var outputs: Int
        var inputs: Int

        var description: String { "\(format.name) [\(outputs), \(inputs)]" }
    }

    static let cases = WeightFormat.packed.flatMap { format in
        [(1, 1), (3, 5), (7, 33), (33, 31), (64, 64), (40, 127), (129, 288), (31, 1056), (17, 4231)].map {
            Case(format: format, outputs: $0.0, inputs: $0.1)
        }
    }

    static let tokenCounts = [1, 2, 3, 4, 5, 7, 9, 31, 33]

    static func packed(
        _ matrix: Matrix,
        _ format: WeightFormat,
        by backend: CPUBackend = scalarBackend,
        dtype: DType = .float32
    ) throws -> Weight {
        let part = try backend.quantize(.init(tensor: makeTensor(matrix, dtype: dtype, gap: 3)), to: format)
        return Weight(packed: format, parts: [part], inputCount: matrix.columns)
    }

    static func values(_ weight: Weight) -> Matrix {
        let layout = PackedLayout(weight.format, inputCount: weight.inputCount)
        return Matrix(
            rows: weight.outputCount,
            columns: weight.inputCount,
            values: weight.parts.flatMap(layout.dequantized)
        )
    }

    /// The inputs as they are after rounding each run of 32 to 127 steps of its greatest magnitude.
    static func rounded(_ x: Matrix) -> Matrix {
        var result = x
        for row in 0..<x.rows {
            for start in stride(from: 0, to: x.columns, by: 32) {
                let range = row * x.columns + start..<row * x.columns + min(start + 32, x.columns)
                let greatest = x.values[range].map(abs).max() ?? 0
                for index in range where greatest > 0 {
                    result.values[index] =
                        (x.values[index] * (127 / greatest)).rounded(.toNearestOrEven) * (greatest / 127)
                }
            }
        }
        return result
    }

    @Test(arguments: cases)
    func equalsTheProductOfTheRoundedNumbers(_ item: Case) throws {
        let weight = try Self.packed(Matrix(rows: item.outputs, columns: item.inputs, seed: 1), item.format)
        for tokens in Self.tokenCounts {
            let x = Matrix(rows: tokens, columns: item.inputs, seed: UInt64(tokens))
            checkProduct(weight, x, LinearTests.product(Self.rounded(x), Self.values(weight)))
        }
    }

    @Test(arguments: cases)
    func everyInstructionSetPacksTheSameBytes(_ item: Case) throws {
        for dtype in [DType.float32, .bfloat16, .float16] {
            let matrix = Matrix(rows: item.outputs, columns: item.inputs, dtype: dtype, seed: 2)
            let expected = Self.values(try Self.packed(matrix, item.format, dtype: dtype)).values.map(\.bitPattern)
            for backend in backends {
                let found = Self.values(try Self.packed(matrix, item.format, by: backend, dtype: dtype)).values
                #expect(found.map(\.bitPattern) == expected, "\(backend.name), \(dtype.name)")
            }
        }
    }

    @Test(arguments: cases)
    func rowsDoNotDependOnTheirCompany(_ item: Case) throws {
        checkRowsDoNotDependOnTheirCompany(
            try Self.packed(Matrix(rows: item.outputs, columns: item.inputs, seed: 3), item.format)
        )
    }

    @Test(arguments: WeightFormat.packed)
    func stackedPartsWithBiasesStandSideBySide(_ format: WeightFormat) throws {
        let heights = [70, 9, 1, 24]
        let matrices = heights.map { Matrix(rows: $0, columns: 100, seed: UInt64($0)) }
        let biases = heights.map { Matrix(rows: 1, columns: $0, seed: UInt64($0) + 9) }
        let parts = try zip(matrices, biases).enumerated().map { index, pair in
            let bias = Tensor(storage: makeTensor(pair.1).storage, dtype: .float32, shape: Shape([pair.1.columns]))
            return try scalarBackend.quantize(
                .init(tensor: makeTensor(pair.0), bias: index == 1 ? nil : bias),
                to: format
            )
        }
        let x = Matrix(rows: 6, columns: 100, seed: 8)
        let layout = PackedLayout(format, inputCount: 100)
        let products = zip(parts, biases).enumerated().map { index, pair in
            let values = Matrix(rows: pair.0.outputCount, columns: 100, values: layout.dequantized(pair.0))
            return LinearTests.product(Self.rounded(x), values, bias: index == 1 ? nil : pair.1.values)
        }
        let reference = (0..<6).flatMap { token in
            zip(products, heights).flatMap { $0[token * $1..<(token + 1) * $1] }
        }
        for backend in backends {
            let output = makeOutput(6, heights.reduce(0, +))
            backend.linear(makeTensor(x), Weight(packed: format, parts: parts, inputCount: 100), into: output)
            #expect(worstError(output.matrix.values, reference) < 1e-5, "\(backend.name)")
        }
    }

    /// The squared error of rounding each run of a row to steps of its weight of greatest magnitude over −`most`: of four
    /// bits the rule of GGUF's Q4_0, with a scale that is not rounded.
    static func plainError(_ matrix: Matrix, blockSize: Int, most: Float) -> Double {
        var error = 0.0
        for row in 0..<matrix.rows {
            for start in stride(from: 0, to: matrix.columns, by: blockSize) {
                let run = matrix.row(row)[start..<min(start + blockSize, matrix.columns)]
                let extreme = run.max { abs($0) < abs($1) } ?? 0
                let scale = extreme / -most
                for value in run where scale != 0 {
                    let step = min(max((value / scale).rounded(), -most), most - 1)
                    error += Double((value - step * scale) * (value - step * scale))
                }
            }
        }
        return error
    }

    @Test(arguments: [WeightFormat.int6, .int4, .int4Group64, .int4Group128])
    func lessIsLostThanByThePlainRule(_ format: WeightFormat) throws {
        let matrix = Matrix(rows: 24, columns: 512, seed: 11)
        let found = Self.values(try Self.packed(matrix, format))
        let error = zip(matrix.values, found.values).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let most = Float(1 << (format.bitsPerElement - 1))
        #expect(error < 0.97 * Self.plainError(matrix, blockSize: format.blockSize, most: most))
    }

    @Test(arguments: [Float(1e-30), 1e-6, 1, 1e6, 1e30])
    func eightBitsAreHalfAStepOffAtMost(magnitude: Float) throws {
        var matrix = Matrix(rows: 16, columns: 96, seed: 12)
        matrix.values = matrix.values.map { $0 * magnitude }
        let found = Self.values(try Self.packed(matrix, .int8))
        for row in 0..<matrix.rows {
            for start in stride(from: 0, to: 96, by: 32) {
                let greatest = matrix.row(row)[start..<start + 32].map(abs).max() ?? 0
                for column in start..<start + 32 {
                    let difference = abs(matrix.row(row)[column] - found.row(row)[column])
                    // the scale itself is rounded to eleven bits
                    #expect(difference <= greatest / 254 * 1.13)
                }
            }
        }
    }

    @Test(arguments: WeightFormat.packed)
    func zerosStayZero(_ format: WeightFormat) throws {
        let weight = try Self.packed(Matrix(rows: 9, columns: 40, values: Array(repeating: 0, count: 360)), format)
        let output = makeOutput(2, 9)
        scalarBackend.linear(makeTensor(Matrix(rows: 2, columns: 40, seed: 1)), weight, into: output)
        #expect(output.matrix.values.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [Float.infinity, -.infinity, .nan])
    func whatIsNotFiniteIsRefused(_ value: Float) {
        for dtype in [DType.float32, .bfloat16, .float16] {
            var matrix = Matrix(rows: 20, columns: 40, seed: 1)
            matrix.values[777] = value
            for backend in backends {
                #expect(throws: BackendError.self, "\(backend.name), \(dtype.name)") {
                    try backend.quantize(.init(tensor: makeTensor(matrix, dtype: dtype)), to: .int4)
                }
            }
        }
    }

    @Test(arguments: [Float.infinity, .nan])
    func inputsThatAreNotFiniteShow(_ value: Float) throws {
        let weight = try Self.packed(Matrix(rows: 8, columns: 64, seed: 1), .int8)
        var x = Matrix(rows: 2, columns: 64, seed: 2)
        x.values[70] = value
        for backend in backends {
            let output = makeOutput(2, 8)
            backend.linear(makeTensor(x), weight, into: output)
            #expect(output.matrix.row(0).allSatisfy { $0.isFinite })
            #expect(output.matrix.row(1).allSatisfy { !$0.isFinite })
        }
    }
}
