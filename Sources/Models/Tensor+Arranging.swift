import MartletCheckpoints
import MartletTensors

/// Views and copies of stored weights in other arrangements; all of host memory.
extension Tensor {
    /// Row `index` of a tensor of rank 3, as a matrix.
    func matrix(_ index: Int) -> Tensor {
        precondition(shape.rank == 3, "a matrix of a tensor of rank \(shape.rank)")
        let size = shape[1] * shape[2]
        return Tensor(
            storage: storage,
            offsetInBytes: offsetInBytes + index * size * dtype.byteCount,
            dtype: dtype,
            shape: Shape(shape[1], shape[2])
        )
    }

    /// All elements in one dimension.
    var vector: Tensor {
        precondition(isContiguous, "a vector of rows with gaps")
        return Tensor(storage: storage, offsetInBytes: offsetInBytes, dtype: dtype, shape: [shape.elementCount])
    }

    /// The elements in float32.
    var widened: Tensor { dtype == .float32 ? self : converted(to: .float32) }

    /// The elements of a tensor of float32.
    var floats: [Float] {
        let base = unsafe hostPointer(as: Float.self)
        return (0..<shape.elementCount).map { unsafe base[$0] }
    }

    /// A copy `[columns, rows]` of a matrix.
    var transposed: Tensor {
        switch dtype.byteCount {
        case 2: transposed(UInt16.self)
        default: transposed(UInt32.self)
        }
    }

    private func transposed<Element: BitwiseCopyable>(_ type: Element.Type) -> Tensor {
        let (rows, columns) = (shape[0], shape[1])
        let copy = Tensor.make(dtype, Shape(columns, rows))
        let from = unsafe hostPointer(as: type)
        let to = unsafe copy.hostPointer(as: type)
        // in squares, so that neither side leaves the cache at each element
        let side = 32
        for firstRow in stride(from: 0, to: rows, by: side) {
            for firstColumn in stride(from: 0, to: columns, by: side) {
                for row in firstRow..<min(firstRow + side, rows) {
                    for column in firstColumn..<min(firstColumn + side, columns) {
                        unsafe to[column * rows + row] = from[row * rowStride + column]
                    }
                }
            }
        }
        return copy
    }

    /// A copy with the even rows of a matrix above the odd ones.
    var separatedRows: Tensor {
        let rows = shape[0]
        let size = rowElementCount * dtype.byteCount
        let copy = Tensor.make(dtype, shape)
        for row in 0..<rows {
            let place = row % 2 * (rows / 2) + row / 2
            let from = unsafe storage.baseAddress + offsetInBytes + row * rowStride * dtype.byteCount
            unsafe (copy.storage.baseAddress + place * size).copyMemory(from: from, byteCount: size)
        }
        return copy
    }

    /// A copy with the even elements of a vector before the odd ones.
    var separated: Tensor {
        let matrix = Tensor(
            storage: storage,
            offsetInBytes: offsetInBytes,
            dtype: dtype,
            shape: Shape(shape.elementCount, 1)
        )
        return matrix.separatedRows.vector
    }

    /// A copy of float32 with a number added to each element; itself for 0.
    func shifted(by offset: Float) -> Tensor {
        if offset == 0 { return self }
        let copy = Tensor.make(.float32, shape)
        let (from, to) = unsafe (hostPointer(as: Float.self), copy.hostPointer(as: Float.self))
        for index in 0..<shape.elementCount { unsafe to[index] = from[index] + offset }
        return copy
    }

    /// A copy of a matrix in float32 whose rows have the length 1; rows of zeros stay.
    var normalizedRows: Tensor {
        let source = widened
        let (rows, columns) = (shape[0], shape[1])
        let copy = Tensor.make(.float32, shape)
        let (from, to) = unsafe (source.hostPointer(as: Float.self), copy.hostPointer(as: Float.self))
        for row in 0..<rows {
            var sum: Float = 0
            for column in 0..<columns {
                let value = unsafe from[row * columns + column]
                sum += value * value
            }
            let factor = 1 / max(sum.squareRoot(), 1e-12)
            for column in 0..<columns { unsafe to[row * columns + column] = from[row * columns + column] * factor }
        }
        return copy
    }

    /// Vectors of float32 one behind the other.
    static func joined(_ vectors: [Tensor]) -> Tensor {
        let copy = make(.float32, [vectors.reduce(0) { $0 + $1.shape.elementCount }])
        var place = 0
        for vector in vectors {
            for value in vector.floats {
                unsafe copy.hostPointer(as: Float.self)[place] = value
                place += 1
            }
        }
        return copy
    }

    private static func make(_ dtype: DType, _ shape: Shape) -> Tensor {
        let storage = Storage(hostByteCount: max(1, shape.elementCount * dtype.byteCount))
        return Tensor(storage: storage, dtype: dtype, shape: shape)
    }
}
