import MartletCPUBackend
import MartletTensors
import MartletTestSupport

/// A matrix of numbers in −1…1 with the values that a type can hold.
struct Matrix {
    var rows: Int
    var columns: Int
    var values: [Float]

    init(rows: Int, columns: Int, values: [Float]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    init(rows: Int, columns: Int, dtype: DType = .float32, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        self.rows = rows
        self.columns = columns
        values = (0..<rows * columns).map { _ in dtype.rounded(Float.random(in: -1...1, using: &generator)) }
    }

    func row(_ index: Int) -> [Float] { Array(values[index * columns..<(index + 1) * columns]) }

    func rows(_ range: Range<Int>) -> Matrix {
        Matrix(rows: range.count, columns: columns, values: range.flatMap(row))
    }
}

extension DType {
    /// The pattern of a value in this type, by the standard library's own conversions.
    func pattern(_ value: Float) -> UInt32 {
        switch self {
        case .bfloat16:
            var upper = value.bitPattern >> 16
            let lower = value.bitPattern & 0xffff
            if lower > 0x8000 || (lower == 0x8000 && upper & 1 == 1) { upper += 1 }
            return upper
        case .float16: return UInt32(Float16(value).bitPattern)
        default: return value.bitPattern
        }
    }

    /// The value that remains of `value` in this type.
    func rounded(_ value: Float) -> Float {
        switch self {
        case .bfloat16: Float(bitPattern: pattern(value) << 16)
        case .float16: Float(Float16(value))
        default: value
        }
    }
}

/// A tensor of a matrix, `gap` elements between rows and `shift` bytes behind the start of its storage.
func makeTensor(_ matrix: Matrix, dtype: DType = .float32, gap: Int = 0, shift: Int = 0) -> Tensor {
    let stride = matrix.columns + gap
    let storage = Storage(hostByteCount: matrix.rows * stride * dtype.byteCount + shift)
    for row in 0..<matrix.rows {
        for column in 0..<matrix.columns {
            let pattern = dtype.pattern(matrix.values[row * matrix.columns + column])
            let place = shift + (row * stride + column) * dtype.byteCount
            for byte in 0..<dtype.byteCount {
                unsafe storage.baseAddress.storeBytes(
                    of: UInt8(truncatingIfNeeded: pattern >> (8 * byte)),
                    toByteOffset: place + byte,
                    as: UInt8.self
                )
            }
        }
    }
    return Tensor(
        storage: storage,
        offsetInBytes: shift,
        dtype: dtype,
        shape: Shape(matrix.rows, matrix.columns),
        rowStride: stride
    )
}

/// A tensor of float32 filled with NaN, so that what is not written is noticed.
func makeOutput(_ rows: Int, _ columns: Int, gap: Int = 0) -> Tensor {
    makeTensor(
        Matrix(rows: rows, columns: columns, values: Array(repeating: .nan, count: rows * columns)),
        gap: gap
    )
}

func makeIndices(_ values: [Int]) -> Tensor {
    let tensor = Tensor(
        storage: Storage(hostByteCount: max(1, values.count) * 4),
        dtype: .int32,
        shape: Shape([values.count])
    )
    for (index, value) in values.enumerated() { unsafe tensor.hostPointer(as: Int32.self)[index] = Int32(value) }
    return tensor
}

extension Tensor {
    /// The elements of float32, row after row.
    var matrix: Matrix {
        let base = unsafe hostPointer(as: Float.self)
        var values: [Float] = []
        for row in 0..<shape[0] {
            for column in 0..<rowElementCount { values.append(unsafe base[row * rowStride + column]) }
        }
        return Matrix(rows: shape[0], columns: rowElementCount, values: values)
    }

    var bits: [UInt32] { matrix.values.map(\.bitPattern) }
}

/// The greatest |a − b| / (|b| + scale); infinite where a NaN is.
func worstError(_ values: [Float], _ reference: [Double], scale: Double = 1) -> Double {
    guard values.count == reference.count else { return .infinity }
    return zip(values, reference).reduce(0) { worst, pair in
        let error = abs(Double(pair.0) - pair.1) / (abs(pair.1) + scale)
        return error.isNaN ? .infinity : max(worst, error)
    }
}

/// The backends under test: every instruction set of this machine, with one thread and with two.
///
/// Made anew for each use: tests run side by side and one thread at a time may call a backend.
var backends: [CPUBackend] { makeBackends(roundInputs: false) }

/// The backends under test, with or without inputs rounded to bfloat16.
func makeBackends(roundInputs: Bool) -> [CPUBackend] {
    InstructionSet.available.flatMap { set in
        [1, 2].map { CPUBackend(threads: $0, instructionSet: set, roundsInputs: roundInputs) }
    }
}

/// The definition: plain C on one thread.
var scalarBackend: CPUBackend { CPUBackend(threads: 1, instructionSet: .scalar) }
