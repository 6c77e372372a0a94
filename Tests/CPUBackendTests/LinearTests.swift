import MartletCPUBackend
import MartletTensors
import Testing

@Suite struct LinearTests {
    struct Case: CustomStringConvertible {
        var dtype: DType
        var outputs: Int
        var inputs: Int

        var description: String { "\(dtype.name) [\(outputs), \(inputs)]" }
    }

    static let cases = [DType.float32, .bfloat16, .float16].flatMap { dtype in
        [(1, 1), (3, 5), (7, 33), (33, 31), (64, 64), (40, 127), (129, 288), (9, 1024)].map {
            Case(dtype: dtype, outputs: $0.0, inputs: $0.1)
        }
    }

    static let tokenCounts = [1, 2, 3, 4, 5, 7, 31, 33]

    static func product(_ x: Matrix, _ weight: Matrix, bias: [Float]? = nil) -> [Double] {
        (0..<x.rows).flatMap { token in
            (0..<weight.rows).map { output in
                zip(x.row(token), weight.row(output)).reduce(Double(bias?[output] ?? 0)) {
                    $0 + Double($1.0) * Double($1.1)
                }
            }
        }
    }

    @Test(arguments: cases)
    func equalsTheProductInDoublePrecision(_ item: Case) {
        let weight = Matrix(rows: item.outputs, columns: item.inputs, dtype: item.dtype, seed: 1)
        let plain = Weight([.init(tensor: makeTensor(weight, dtype: item.dtype))])
        for tokens in Self.tokenCounts {
            let x = Matrix(rows: tokens, columns: item.inputs, seed: UInt64(tokens))
            checkProduct(plain, x, Self.product(x, weight))
        }
    }

    @Test(arguments: cases)
    func rowsDoNotDependOnTheirCompany(_ item: Case) {
        let weight = Weight([
            .init(tensor: makeTensor(Matrix(rows: item.outputs, columns: item.inputs, seed: 3), dtype: item.dtype))
        ])
        checkRowsDoNotDependOnTheirCompany(weight)
    }

    @Test(arguments: cases.filter { $0.dtype == .bfloat16 })
    func inputsAreRoundedWhereThatIsAsked(_ item: Case) {
        let matrix = Matrix(rows: item.outputs, columns: item.inputs, dtype: .bfloat16, seed: 1)
        let weight = Weight([.init(tensor: makeTensor(matrix, dtype: .bfloat16))])
        let backends = makeBackends(roundInputs: true)
        for tokens in Self.tokenCounts {
            let x = Matrix(rows: tokens, columns: item.inputs, seed: UInt64(tokens))
            let rounded = Matrix(
                rows: tokens,
                columns: item.inputs,
                values: x.values.map(DType.bfloat16.rounded)
            )
            checkProduct(weight, x, Self.product(rounded, matrix), on: backends)
        }
        checkRowsDoNotDependOnTheirCompany(weight, on: backends)
    }

    @Test(arguments: [DType.float32, .float16])
    func inputsOfOtherMatricesAreNotRounded(_ dtype: DType) {
        let matrix = Matrix(rows: 9, columns: 40, dtype: dtype, seed: 1)
        let weight = Weight([.init(tensor: makeTensor(matrix, dtype: dtype))])
        let x = Matrix(rows: 5, columns: 40, seed: 2)
        checkProduct(weight, x, Self.product(x, matrix), on: makeBackends(roundInputs: true))
    }

    @Test func productsAtOnceAreThoseOfEachAlone() throws {
        for backend in backends {
            let plain = [DType.float32, .bfloat16, .float16].enumerated().map { index, dtype in
                let matrix = Matrix(rows: 70 + index, columns: 64, dtype: dtype, seed: UInt64(index))
                return Weight([.init(tensor: makeTensor(matrix, dtype: dtype))])
            }
            let packed = try [WeightFormat.int8, .int4].map { format in
                let matrix = Matrix(rows: 90, columns: 64, seed: 7)
                let part = try backend.quantize(.init(tensor: makeTensor(matrix)), to: format)
                return Weight(packed: format, parts: [part], inputCount: 64)
            }
            for tokens in [[1, 1, 1, 1, 1], [3, 1, 17, 2, 5]] {
                let products = zip(plain + packed, tokens).map { weight, tokens in
                    LinearProduct(
                        input: makeTensor(Matrix(rows: tokens, columns: 64, seed: UInt64(tokens))),
                        weight: weight,
                        output: makeOutput(tokens, weight.outputCount)
                    )
                }
                backend.linear(products)
                for product in products {
                    let alone = makeOutput(product.output.shape[0], product.weight.outputCount)
                    backend.linear(product.input, product.weight, into: alone)
                    #expect(product.output.bits == alone.bits, "\(backend.name), \(product.weight.format.name)")
                }
            }
        }
    }

    @Test(arguments: [DType.float32, .bfloat16, .float16])
    func stackedPartsWithBiasesStandSideBySide(_ dtype: DType) {
        let heights = [70, 9, 1, 20]
        let matrices = heights.map { Matrix(rows: $0, columns: 45, dtype: dtype, seed: UInt64($0)) }
        let biases = heights.map { Matrix(rows: 1, columns: $0, dtype: dtype, seed: UInt64($0) + 9) }
        let parts = zip(matrices, biases).enumerated().map { index, pair in
            let bias =
                index == 1
                ? nil
                : Tensor(
                    storage: makeTensor(pair.1, dtype: dtype).storage,
                    dtype: dtype,
                    shape: Shape([pair.1.columns])
                )
            return Weight.Part(tensor: makeTensor(pair.0, dtype: dtype, gap: index), bias: bias)
        }
        let x = Matrix(rows: 6, columns: 45, seed: 8)
        let products = zip(matrices, biases).enumerated().map { index, pair in
            Self.product(x, pair.0, bias: index == 1 ? nil : pair.1.values)
        }
        let reference = (0..<6).flatMap { token in
            zip(products, heights).flatMap { $0[token * $1..<(token + 1) * $1] }
        }
        for backend in backends {
            let output = makeOutput(6, heights.reduce(0, +))
            backend.linear(makeTensor(x), Weight(parts), into: output)
            #expect(worstError(output.matrix.values, reference) < 1e-5, "\(backend.name)")
        }
    }

    @Test(arguments: [DType.float32, .bfloat16, .float16])
    func weightsNeedNoAlignment(_ dtype: DType) {
        let weight = Matrix(rows: 21, columns: 77, dtype: dtype, seed: 5)
        let x = makeTensor(Matrix(rows: 5, columns: 77, seed: 6))
        for backend in backends {
            let expected = makeOutput(5, 21)
            backend.linear(x, Weight([.init(tensor: makeTensor(weight, dtype: dtype))]), into: expected)
            for shift in [1, 2, 3, 7] {
                let output = makeOutput(5, 21)
                let tensor = makeTensor(weight, dtype: dtype, shift: shift)
                backend.linear(x, Weight([.init(tensor: tensor)]), into: output)
                #expect(output.bits == expected.bits, "\(backend.name), shifted by \(shift)")
            }
        }
    }
}
