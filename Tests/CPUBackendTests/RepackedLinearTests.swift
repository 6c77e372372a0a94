import MartletCPUBackend
import MartletTensors
import Testing

/// Matrices in blocks that were packed for faster products.
@Suite struct RepackedLinearTests {
    struct Case: CustomStringConvertible {
        var format: BlockFormat
        var outputs: Int
        var inputs: Int

        var description: String { "\(format.name) [\(outputs), \(inputs)]" }
    }

    static let formats: [BlockFormat] =
        ["Q4_0", "Q8_0", "Q4_K", "Q5_K", "Q6_K"].compactMap { BlockFormat(ggml: $0) }
        + [(BlockFormat.Coding.grouped4, 32), (.grouped4, 128), (.grouped8, 64)].flatMap { coding, length in
            [DType.float32, .bfloat16, .float16].map { BlockFormat(grouped: coding, length: length, scaleType: $0) }
        }

    static let cases = formats.flatMap { format in
        [(1, 1), (8, 2), (39, 3), (72, 1), (140, 5)].map {
            Case(format: format, outputs: $0.0, inputs: $0.1 * format.length)
        }
    }

    static func packed(_ item: Case, seed: UInt64, by backend: CPUBackend = scalarBackend) throws -> Weight {
        let weight = BlockLinearTests.weight(item.format, rows: item.outputs, inputs: item.inputs, seed: seed)
        let part = try #require(try backend.packed(weight.parts[0]))
        return Weight(packed: part.format, parts: [part], inputCount: item.inputs)
    }

    @Test(arguments: cases)
    func valuesStayWhatTheyAre(_ item: Case) throws {
        let weight = BlockLinearTests.weight(item.format, rows: item.outputs, inputs: item.inputs, seed: 1)
        let expected = try BlockLinearTests.values(weight, by: scalarBackend)
        let greatest = expected.values.map(abs).max() ?? 0
        for backend in backends {
            let found = PackedLinearTests.values(try Self.packed(item, seed: 1, by: backend))
            for (value, reference) in zip(found.values, expected.values) {
                // a group's value is scale · integer − scale · zero, rounded twice more than scale · (integer − zero)
                let isGroup = item.format.coding == .grouped4 || item.format.coding == .grouped8
                let slack = isGroup ? greatest * 1e-6 : 0
                #expect(abs(value - reference) <= slack, "\(backend.name)")
            }
        }
    }

    @Test(arguments: cases)
    func equalsTheProductOfTheRoundedNumbers(_ item: Case) throws {
        let weight = try Self.packed(item, seed: 2)
        let values = PackedLinearTests.values(weight)
        for tokens in PackedLinearTests.tokenCounts {
            let x = Matrix(rows: tokens, columns: item.inputs, seed: UInt64(tokens))
            checkPackedProduct(weight, x, values)
        }
    }

    @Test(arguments: cases)
    func rowsDoNotDependOnTheirCompany(_ item: Case) throws {
        checkRowsDoNotDependOnTheirCompany(try Self.packed(item, seed: 3))
    }

    /// The products are those of the rounded numbers in double precision, and every backend's the same bits.
    private func checkPackedProduct(_ weight: Weight, _ x: Matrix, _ values: Matrix) {
        let rounded = PackedLinearTests.rounded(x)
        let reference = LinearTests.product(rounded, values)
        let magnitudes = LinearTests.product(rounded.magnitudes, values.magnitudes)
        let expected = makeOutput(x.rows, weight.outputCount)
        scalarBackend.linear(makeTensor(x), weight, into: expected)
        for ((found, product), magnitude) in zip(zip(expected.matrix.values, reference), magnitudes) {
            // values above a minimum add up before the minimum is taken off
            #expect(abs(Double(found) - product) <= 1e-5 * magnitude + 1e-30)
        }
        for backend in backends {
            let output = makeOutput(x.rows, weight.outputCount, gap: 3)
            backend.linear(makeTensor(x, gap: 5), weight, into: output)
            #expect(output.bits == expected.bits, "\(backend.name), \(backend.threadCount) threads, \(x.rows) tokens")
        }
    }

    @Test func stackedPartsOfSeveralFormatsStandSideBySide() throws {
        let (inputs, tokens) = (512, 6)
        let heights = [40, 24, 9]
        let formats = ["Q4_K", "Q6_K", "Q8_0"].compactMap { BlockFormat(ggml: $0) }
        let weights = try zip(formats, heights).map { format, rows in
            try Self.packed(Case(format: format, outputs: rows, inputs: inputs), seed: UInt64(rows))
        }
        let stacked = Weight(stacking: weights.map { $0.parts[0] }, inputCount: inputs)
        #expect(stacked.isUniform)
        let x = makeTensor(Matrix(rows: tokens, columns: inputs, seed: 5))
        for backend in backends {
            let output = makeOutput(tokens, stacked.outputCount)
            backend.linear(x, stacked, into: output)
            var column = 0
            for weight in weights {
                let single = makeOutput(tokens, weight.outputCount)
                backend.linear(x, weight, into: single)
                for token in 0..<tokens {
                    let found = output.matrix.row(token)[column..<column + weight.outputCount]
                    #expect(Array(found) == single.matrix.row(token), "\(backend.name)")
                }
                column += weight.outputCount
            }
        }
    }

    @Test func columnsKeepTheirOrder() throws {
        let format = BlockFormat(grouped: .grouped4, length: 32, scaleType: .float16)
        let inputs = 96
        let blocks = BlockLinearTests.weight(format, rows: 19, inputs: inputs, seed: 6)
        let places = Tensor(storage: Storage(hostByteCount: 4 * inputs), dtype: .int32, shape: [inputs])
        scalarBackend.upload((0..<Int32(inputs)).map { (7 * $0 + 5) % Int32(inputs) }, to: places)
        let ordered = Weight.Part(blocks: blocks.parts[0].tensor, format: format, inputOrder: places)
        let x = Matrix(rows: 3, columns: inputs, seed: 7)
        var moved = x
        for row in 0..<3 {
            for column in 0..<inputs {
                moved.values[row * inputs + column] = x.values[row * inputs + (7 * column + 5) % inputs]
            }
        }
        for backend in backends {
            let part = try #require(try backend.packed(ordered))
            let plain = try #require(try backend.packed(blocks.parts[0]))
            let (found, expected) = (makeOutput(3, 19), makeOutput(3, 19))
            backend.linear(makeTensor(x), Weight(stacking: [part], inputCount: inputs), into: found)
            backend.linear(makeTensor(moved), Weight(stacking: [plain], inputCount: inputs), into: expected)
            #expect(found.bits == expected.bits, "\(backend.name)")
        }
    }

    @Test func formatsWithoutAPackedOneStayBlocks() throws {
        for name in ["Q2_K", "IQ4_NL", "MXFP4"] {
            let format = try #require(BlockFormat(ggml: name))
            let weight = BlockLinearTests.weight(format, rows: 8, inputs: format.length, seed: 8)
            #expect(try scalarBackend.packed(weight.parts[0]) == nil)
        }
    }
}

extension Matrix {
    fileprivate var magnitudes: Matrix { Matrix(rows: rows, columns: columns, values: values.map(abs)) }
}
