import MartletCPUBackend
import MartletTensors
import Testing

/// Checks on each backend that every row of a product is the same bits alone and in any company.
func checkRowsDoNotDependOnTheirCompany(_ weight: Weight, on backends: [CPUBackend] = backends) {
    let x = Matrix(rows: 33, columns: weight.inputCount, seed: 4)
    let outputs = weight.outputCount
    for backend in backends {
        let alone = (0..<x.rows).flatMap { row in
            let output = makeOutput(1, outputs)
            backend.linear(makeTensor(x.rows(row..<row + 1)), weight, into: output)
            return output.bits
        }
        let ranges = [0, 1, 2, 4, 5].flatMap { first in [2, 3, 4, 6, 28].map { first..<first + $0 } } + [0..<33]
        for range in ranges {
            let output = makeOutput(range.count, outputs)
            backend.linear(makeTensor(x.rows(range)), weight, into: output)
            let expected = Array(alone[range.lowerBound * outputs..<range.upperBound * outputs])
            #expect(output.bits == expected, "\(backend.name), rows \(range)")
        }
    }
}

/// Checks that the first backend gives a product up to the rounding of float32 sums, and the others the same bits.
///
/// - Parameters:
///   - weight: the matrix.
///   - x: the inputs, at a stride of its own for the backends under test.
///   - reference: the product in double precision, row after row.
///   - backends: those under test, the scalar one first.
func checkProduct(_ weight: Weight, _ x: Matrix, _ reference: [Double], on backends: [CPUBackend] = backends) {
    let expected = makeOutput(x.rows, weight.outputCount)
    backends[0].linear(makeTensor(x), weight, into: expected)
    // float32 sums: far below 1e-6 of the sum of magnitudes
    #expect(worstError(expected.matrix.values, reference, scale: Double(x.columns).squareRoot()) < 1e-6)
    for backend in backends {
        let output = makeOutput(x.rows, weight.outputCount, gap: 3)
        backend.linear(makeTensor(x, gap: 5), weight, into: output)
        #expect(output.bits == expected.bits, "\(backend.name), \(backend.threadCount) threads, \(x.rows) tokens")
    }
}
