import MartletCPUBackend
import MartletTensors
import Testing

@Suite struct ElementwiseTests {
    static let widths = [1, 3, 16, 17, 64, 100, 128]

    @Test(arguments: [DType.float32, .bfloat16, .float16])
    func rmsNormOfEveryGroup(_ dtype: DType) {
        for width in Self.widths {
            let weight = Matrix(rows: 1, columns: width, dtype: dtype, seed: 2)
            let x = Matrix(rows: 5, columns: 3 * width, seed: UInt64(width))
            let reference = (0..<15).flatMap { group in
                let values = x.values[group * width..<(group + 1) * width].map { Double($0) }
                let mean = values.reduce(0) { $0 + $1 * $1 } / Double(width)
                return zip(values, weight.values).map { $0 / (mean + 1e-6).squareRoot() * Double($1) }
            }
            let norm = Tensor(storage: makeTensor(weight, dtype: dtype).storage, dtype: dtype, shape: Shape([width]))
            let expected = makeOutput(5, 3 * width)
            scalarBackend.rmsNorm(makeTensor(x), weight: norm, epsilon: 1e-6, into: expected)
            #expect(worstError(expected.matrix.values, reference) < 1e-6)
            for backend in backends {
                let inPlace = makeTensor(x, gap: 7)
                backend.rmsNorm(inPlace, weight: norm, epsilon: 1e-6, into: inPlace)
                #expect(inPlace.bits == expected.bits, "\(backend.name), width \(width)")
            }
        }
    }

    @Test(arguments: [RotaryPairs.halves, .neighbours])
    func rotaryTurnsPairsByTheirPosition(_ pairs: RotaryPairs) {
        for (dimension, rotary) in [(2, 2), (8, 8), (16, 8), (36, 34), (64, 64), (128, 128), (80, 32)] {
            let half = rotary / 2
            let table = Matrix(rows: 12, columns: rotary, seed: 3)
            let positions = [11, 0, 5, 5]
            let x = Matrix(rows: 4, columns: 3 * dimension, seed: 4)
            var reference = x.values.map { Double($0) }
            for (row, head, index) in (0..<4).flatMap({ row in
                (0..<3).flatMap { head in (0..<half).map { (row, head, $0) } }
            }) {
                let start = row * 3 * dimension + head * dimension
                let first = start + (pairs == .halves ? index : 2 * index)
                let second = pairs == .halves ? first + half : first + 1
                let (a, b) = (Double(x.values[first]), Double(x.values[second]))
                let cosine = Double(table.values[positions[row] * rotary + index])
                let sine = Double(table.values[positions[row] * rotary + half + index])
                reference[first] = a * cosine - b * sine
                reference[second] = b * cosine + a * sine
            }
            func rotate(_ heads: Tensor, _ backend: CPUBackend) -> Tensor {
                backend.applyRotaryEmbedding(
                    heads,
                    positions: makeIndices(positions),
                    table: makeTensor(table),
                    headDimension: dimension,
                    pairs: pairs
                )
                return heads
            }
            let expected = rotate(makeTensor(x), scalarBackend)
            #expect(worstError(expected.matrix.values, reference) < 1e-6)
            for backend in backends {
                let output = rotate(makeTensor(x, gap: 1), backend)
                #expect(output.bits == expected.bits, "\(backend.name), \(rotary) of \(dimension)")
            }
        }
    }

    @Test func addAddsInPlace() {
        let (a, b) = (Matrix(rows: 4, columns: 37, seed: 6), Matrix(rows: 4, columns: 37, seed: 7))
        for backend in backends {
            let target = makeTensor(a, gap: 2)
            backend.add(makeTensor(b), to: target)
            #expect(target.matrix.values == zip(a.values, b.values).map { $0 + $1 })
        }
    }

    @Test(arguments: [DType.float32, .bfloat16, .float16])
    func embedWidensRowsOfTheTable(_ dtype: DType) {
        let table = Matrix(rows: 9, columns: 35, dtype: dtype, seed: 8)
        let ids = [8, 0, 3, 3]
        for backend in backends {
            let output = makeOutput(4, 35)
            backend.embed(makeIndices(ids), table: makeTensor(table, dtype: dtype, shift: 1), into: output)
            #expect(output.matrix.values == ids.flatMap(table.row), "\(backend.name)")
        }
    }

    /// Every binary16 widens to what the standard library makes of it.
    @Test func everyHalfWidensExactly() {
        let storage = Storage(hostByteCount: 2 << 16)
        for pattern in 0...UInt16.max {
            unsafe storage.baseAddress.storeBytes(of: pattern, toByteOffset: Int(pattern) * 2, as: UInt16.self)
        }
        let table = Tensor(storage: storage, dtype: .float16, shape: Shape(1, 1 << 16))
        for backend in backends {
            let output = makeOutput(1, 1 << 16)
            backend.embed(makeIndices([0]), table: table, into: output)
            let differs = output.matrix.values.enumerated().first { index, value in
                let expected = Float(Float16(bitPattern: UInt16(index)))
                return value.bitPattern != expected.bitPattern && !(value.isNaN && expected.isNaN)
            }
            #expect(differs == nil, "\(backend.name)")
        }
    }

    @Test func gatherRowsCopiesRows() {
        let x = Matrix(rows: 6, columns: 11, seed: 9)
        for backend in backends {
            let output = makeOutput(3, 11)
            backend.gatherRows(makeTensor(x, gap: 4), rows: makeIndices([5, 5, 1]), into: output)
            #expect(output.matrix.values == x.row(5) + x.row(5) + x.row(1))
        }
    }

    @Test func uploadAndHostRowsReachTheMemory() {
        let backend = scalarBackend
        let indices = makeIndices([0, 0, 7])
        backend.upload([3, -4], to: indices)
        let uploaded = (0..<3).map { unsafe indices.hostPointer(as: Int32.self)[$0] }
        #expect(uploaded == [3, -4, 7])
        let tensor = makeTensor(Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6]), gap: 1)
        let sum = backend.withHostRow(tensor, row: 1) { row in
            row[0] = 10
            return row[0] + row[1] + row[2]
        }
        #expect(sum == 21)
        #expect(tensor.matrix.values == [1, 2, 3, 10, 5, 6])
    }

    @Test func memoryThatCannotBeHadIsAnError() throws {
        #expect(throws: BackendError.self) { try scalarBackend.allocate(byteCount: 1 << 60) }
        let storage = try scalarBackend.allocate(byteCount: 5 << 20)
        let isZero = (0..<(5 << 20)).allSatisfy {
            unsafe storage.baseAddress.load(fromByteOffset: $0, as: UInt8.self) == 0
        }
        #expect(isZero)
    }
}
