import Glibc
import MartletCPUBackend
import MartletTensors
import Testing

/// e^x of the C library.
func exponential(_ x: Double) -> Double { exp(x) }

@Suite struct SamplingTests {
    /// Rows with ties, infinities and NaN among random numbers.
    static let rows: [[Float]] = {
        var rows = [1, 2, 63, 64, 65, 1000, 5003].map { Matrix(rows: 1, columns: $0, seed: UInt64($0)).values }
        var coarse = Matrix(rows: 1, columns: 3000, seed: 77).values.map { ($0 * 8).rounded() }
        rows.append(coarse)
        coarse[17] = .nan
        coarse[2000] = .infinity
        rows.append(coarse)
        rows.append([Float](repeating: -.infinity, count: 130))
        rows.append([Float](repeating: 2, count: 200))
        rows.append([.nan, .nan, -3, .nan])
        return rows
    }()

    /// Indices in order of the contract: greatest first, of equal ones the lower index, NaN as −∞.
    static func order(_ row: [Float]) -> [Int] {
        let keys = row.map { $0.isNaN ? -Float.infinity : $0 }
        return keys.indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] > keys[$1] }
    }

    @Test(arguments: rows)
    func argMaxIsTheFirstOfTheGreatest(_ row: [Float]) {
        for backend in backends {
            let tensor = makeTensor(Matrix(rows: 2, columns: row.count, values: row + row), gap: 3)
            let first = Int32(Self.order(row)[0])
            #expect(backend.argMax(tensor) == [first, first], "\(backend.name)")
        }
    }

    @Test(arguments: rows)
    func topKSortsByValueThenIndex(_ row: [Float]) {
        let order = Self.order(row)
        for backend in backends {
            let tensor = makeTensor(Matrix(rows: 1, columns: row.count, values: row))
            for count in [0, 1, 2, 5, 20, 100, 300, 6000] {
                let top = backend.topK(tensor, row: 0, count: count)
                #expect(top.map { Int($0.index) } == Array(order.prefix(count)), "\(backend.name), \(count)")
                #expect(top.allSatisfy { $0.value == row[Int($0.index)] || row[Int($0.index)].isNaN })
            }
        }
    }

    @Test func logSumExpEqualsDoublePrecision() {
        for width in [1, 15, 16, 1023, 1025, 4100] {
            var matrix = Matrix(rows: 3, columns: width, seed: UInt64(width))
            for index in matrix.values.indices { matrix.values[index] *= 30 }
            if width > 16 { matrix.values[3] = -.infinity }
            let reference = (0..<3).map { row in
                let values = matrix.row(row).map { Double($0) }
                let greatest = values.max() ?? 0
                return greatest + log(values.reduce(0) { $0 + exponential($1 - greatest) })
            }
            let expected = scalarBackend.logSumExp(makeTensor(matrix))
            #expect(worstError(expected, reference) < 1e-6)
            for backend in backends { #expect(backend.logSumExp(makeTensor(matrix, gap: 1)) == expected) }
        }
        let masked = makeTensor(Matrix(rows: 1, columns: 40, values: Array(repeating: -.infinity, count: 40)))
        #expect(scalarBackend.logSumExp(masked) == [-.infinity])
    }
}
