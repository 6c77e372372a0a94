import MartletCPUBackend
import MartletTensors
import MartletTestSupport
import Testing

@Suite struct BlockLinearTests {
    static let grouped: [BlockFormat] = [BlockFormat.Coding.grouped4, .grouped8, .groupedFP8].flatMap { coding in
        [DType.float32, .bfloat16, .float16].map { BlockFormat(grouped: coding, length: 64, scaleType: $0) }
    }
    static let formats = BlockFormat.ggml.map(\.format) + grouped

    /// Random bytes whose scales are small finite numbers, so that sums can be compared.
    static func weight(_ format: BlockFormat, rows: Int, inputs: Int, seed: UInt64) -> Weight {
        let rowByteCount = format.rowByteCount(inputs: inputs)
        let storage = Storage(hostByteCount: rows * rowByteCount)
        var generator = SeededGenerator(seed: seed)
        let bytes = unsafe storage.baseAddress.assumingMemoryBound(to: UInt8.self)
        for index in 0..<storage.byteCount {
            // the upper bits of neither half of a float16, of a bfloat16 or of an FP8 are all set
            unsafe bytes[index] = UInt8.random(in: 0...255, using: &generator) & 0xb7
        }
        let tensor = Tensor(storage: storage, dtype: .uint8, shape: Shape(rows, rowByteCount))
        return Weight(stacking: [.init(blocks: tensor, format: format)], inputCount: inputs)
    }

    /// Every value of a matrix, as `embed` gives rows.
    static func values(_ weight: Weight, by backend: CPUBackend) throws -> Matrix {
        let rows = weight.outputCount
        let ids = Tensor(storage: try backend.allocate(byteCount: 4 * rows), dtype: .int32, shape: [rows])
        backend.upload((0..<rows).map { Int32($0) }, to: ids)
        let shape = Shape(rows, weight.inputCount)
        let output = Tensor(
            storage: try backend.allocate(byteCount: 4 * shape.elementCount),
            dtype: .float32,
            shape: shape
        )
        backend.embed(ids, part: weight.parts[0], into: output)
        let values = unsafe output.hostPointer(as: Float.self)
        return Matrix(
            rows: rows,
            columns: weight.inputCount,
            values: (0..<shape.elementCount).map { unsafe values[$0] }
        )
    }

    @Test(arguments: formats)
    func equalsTheProductInFloat32(_ format: BlockFormat) throws {
        for (rows, inputs) in [(1, 32), (7, format.length), (37, 3 * format.length), (20, format.length + 32)] {
            let weight = Self.weight(format, rows: rows, inputs: inputs, seed: 1)
            for backend in backends {
                let plain = try Self.values(weight, by: backend)
                let reference = Weight([.init(tensor: makeTensor(plain, dtype: .float32))])
                for tokens in [1, 2, 5, 9] {
                    let x = Matrix(rows: tokens, columns: inputs, seed: UInt64(tokens))
                    let (found, expected) = try (product(weight, x, backend), product(reference, x, backend))
                    #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(format.name), \(backend.name)")
                }
            }
        }
    }

    @Test(arguments: formats)
    func everyInstructionSetDecodesTheSameBits(_ format: BlockFormat) throws {
        let weight = Self.weight(format, rows: 16, inputs: 4 * format.length, seed: 2)
        let expected = try Self.values(weight, by: scalarBackend).values.map(\.bitPattern)
        #expect(Set(expected).count > 2)
        for backend in backends {
            #expect(try Self.values(weight, by: backend).values.map(\.bitPattern) == expected, "\(backend.name)")
        }
    }

    private func product(_ weight: Weight, _ x: Matrix, _ backend: CPUBackend) throws -> [Float] {
        let shape = Shape(x.rows, weight.outputCount)
        let output = Tensor(
            storage: try backend.allocate(byteCount: 4 * shape.elementCount),
            dtype: .float32,
            shape: shape
        )
        backend.linear(makeTensor(x, dtype: .float32), weight, into: output)
        let values = unsafe output.hostPointer(as: Float.self)
        return (0..<shape.elementCount).map { unsafe values[$0] }
    }

    @Test func columnsInAnotherOrderMeetTheirInputs() throws {
        let format = BlockFormat(grouped: .grouped8, length: 32, scaleType: .float32)
        let inputs = 96
        let weight = Self.weight(format, rows: 11, inputs: inputs, seed: 3)
        var order = (0..<Int32(inputs)).map { $0 }
        var generator = SeededGenerator(seed: 4)
        order.shuffle(using: &generator)
        let places = Tensor(storage: Storage(hostByteCount: 4 * inputs), dtype: .int32, shape: [inputs])
        let part = Weight.Part(blocks: weight.parts[0].tensor, format: format, inputOrder: places)
        for backend in backends {
            backend.upload(order, to: places)
            let stacked = Weight(stacking: [weight.parts[0], part], inputCount: inputs)
            let x = Matrix(rows: 3, columns: inputs, seed: 5)
            var moved = x
            for row in 0..<3 {
                for column in 0..<inputs {
                    moved.values[row * inputs + column] = x.values[row * inputs + Int(order[column])]
                }
            }
            let found = try product(stacked, x, backend)
            let (first, second) = try (product(weight, x, backend), product(weight, moved, backend))
            var expected: [Float] = []
            for row in 0..<3 {
                let range = row * 11..<(row + 1) * 11
                expected += first[range]
                expected += second[range]
            }
            #expect(found == expected, "\(backend.name)")
        }
    }
}
