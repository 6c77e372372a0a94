import Glibc
import MartletCPUBackend
import MartletTensors
import MartletTestSupport
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
    func scannersEqualThePlainOne(_ row: [Float]) {
        let plain = PlainRowScanner()
        for backend in backends {
            let scanner = backend.rowScanner
            let size = scanner.blockSize
            let maxima = scanner.maxima(row.span)
            let blocks = stride(from: 0, to: row.count, by: size).map { Array(row[$0..<min($0 + size, row.count)]) }
            #expect(maxima.blocks == blocks.map { plain.maxima($0.span).greatest })
            #expect(maxima.greatest == plain.maxima(row.span).greatest)
            #expect(scanner.argMax(row.span) == Self.order(row)[0])
            for index in [0, 1, 15, 16, 63, 127, 128, 200, row.count - 1] where index < row.count {
                for cut in [RowCut(value: row[index], index: index), .before(value: row[index], index: index)]
                where !row[index].isNaN {
                    let expected = row.indices.count { cut.keeps(row[$0], $0) }
                    #expect(scanner.keptCount(row.span, cut, maxima) == expected, "\(backend.name), \(cut)")
                }
            }
        }
    }

    @Test func weightsEqualDoublePrecision() {
        for width in [1, 15, 16, 127, 128, 129, 1025, 4100] {
            var row = Matrix(rows: 1, columns: width, seed: UInt64(width)).values.map { $0 * 30 }
            if width > 16 { row[3] = -.infinity }
            for factor in [Float(1), 0.25, 20] {
                let expected = scalarBackend.rowScanner.weights(row.span, inverseTemperature: factor)
                let greatest = Double(row.max() ?? 0)
                let weights = row.map { exponential((Double($0) - greatest) * Double(factor)) }
                let sums = stride(from: 0, to: width, by: 128).map { start in
                    weights[start..<min(start + 128, width)].reduce(0, +)
                }
                #expect(worstError(expected.sums, sums, scale: 1e-3) < 2e-6)
                for backend in backends {
                    #expect(backend.rowScanner.weights(row.span, inverseTemperature: factor) == expected)
                }
                checkKept(row, weights, RowScan(maxima: expected.maxima, cut: .all, inverseTemperature: factor))
                for index in [0, width / 2, width - 1] {
                    let cut = RowCut(value: row[index], index: index)
                    checkKept(row, weights, RowScan(maxima: expected.maxima, cut: cut, inverseTemperature: factor))
                }
            }
        }
    }

    /// The kept weights of a scan against those of all elements.
    private func checkKept(_ row: [Float], _ weights: [Double], _ scan: RowScan) {
        let kept = row.indices.map { scan.cut.keeps(row[$0], $0) ? weights[$0] : 0 }
        let starts = Array(stride(from: 0, to: row.count, by: 128))
        for backend in backends {
            let scanner = backend.rowScanner
            var sums = [Float](repeating: .nan, count: starts.count)
            scanner.keptWeights(row.span, scan, blocks: 0..<starts.count, into: &sums)
            for (block, start) in starts.enumerated() {
                let expected = Array(kept[start..<min(start + 128, row.count)])
                let found = scanner.keptWeights(row.span, scan, block: block)
                #expect(worstError(found, expected, scale: 1e-3) < 2e-6)
                #expect(zip(found, expected).allSatisfy { $1 > 0 || $0 == 0 })
                #expect(worstError([sums[block]], [expected.reduce(0, +)], scale: 1e-3) < 2e-6)
            }
        }
    }

    @Test func oddNumbersShow() {
        var row = [Float](repeating: 0, count: 300)
        row[140] = .nan
        let masked = [Float](repeating: -.infinity, count: 300)
        for backend in backends {
            let sums = backend.rowScanner.weights(row.span, inverseTemperature: 1).sums
            #expect(sums[0] == 128 && sums[1].isNaN && sums[2] == 44)
            let nothing = backend.rowScanner.weights(masked.span, inverseTemperature: 1)
            #expect(nothing.sums == [0, 0, 0] && nothing.maxima.greatest == -.infinity)
        }
    }

    @Test func rowsAreMappedInOrder() {
        let matrix = Matrix(rows: 9, columns: 20_000, seed: 4)
        for backend in backends {
            let tensor = makeTensor(matrix, gap: 5)
            let rows = [7, 0, 3, 8]
            let sums = backend.mapHostRows(tensor, rows: rows) { place, elements in
                elements[1] = Float(place)
                return "\(place) \(elements[0]) \(elements.count)"
            }
            #expect(sums == rows.enumerated().map { "\($0.offset) \(matrix.row($0.element)[0]) 20000" })
            let changed = tensor.matrix
            for (place, row) in rows.enumerated() { #expect(changed.row(row)[1] == Float(place)) }
            #expect(changed.row(1) == matrix.row(1))
            #expect(backend.mapHostRows(tensor, rows: []) { place, _ in place } == [])
        }
    }
}
