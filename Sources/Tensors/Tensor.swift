/// A view of elements in a `Storage`: rows of contiguous elements at a fixed distance.
///
/// A tensor is a reference: writing through it is seen by every view of the same storage. All dimensions but the first
/// are contiguous; the first has a stride, so that columns of a fused projection are a view.
package struct Tensor: Sendable {
    /// The memory.
    package let storage: Storage
    /// Where the first element lies, in bytes from the start of the storage.
    package let offsetInBytes: Int
    /// The element type.
    package let dtype: DType
    /// The dimensions.
    package let shape: Shape
    /// The distance between neighbours along the first dimension, in elements.
    package let rowStride: Int

    /// A view of a storage.
    ///
    /// - Precondition: every element lies inside the storage.
    package init(storage: Storage, offsetInBytes: Int = 0, dtype: DType, shape: Shape, rowStride: Int? = nil) {
        self.storage = storage
        self.offsetInBytes = offsetInBytes
        self.dtype = dtype
        self.shape = shape
        let rowElements = shape.rank == 0 ? 1 : shape[0] == 0 ? 0 : shape.elementCount / shape[0]
        self.rowStride = rowStride ?? rowElements
        let rows = shape.rank == 0 ? 1 : shape[0]
        let span = rows == 0 ? 0 : (rows - 1) * self.rowStride + rowElements
        precondition(
            offsetInBytes >= 0 && self.rowStride >= rowElements
                && offsetInBytes + span * dtype.byteCount <= storage.byteCount,
            "a tensor \(shape) of \(dtype.name) at \(offsetInBytes) exceeds its storage of \(storage.byteCount) bytes"
        )
    }

    /// The number of elements of one row (the product of all dimensions but the first).
    package var rowElementCount: Int { shape[0] == 0 ? 0 : shape.elementCount / shape[0] }

    /// Whether rows follow each other without gaps.
    package var isContiguous: Bool { shape.rank < 2 || shape[0] <= 1 || rowStride == rowElementCount }

    /// The first `count` rows.
    package func prefix(rows count: Int) -> Tensor { rows(0..<count) }

    /// Some rows of this tensor.
    package func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "rows \(range) of \(shape)")
        return Tensor(
            storage: storage,
            offsetInBytes: offsetInBytes + range.lowerBound * rowStride * dtype.byteCount,
            dtype: dtype,
            shape: shape.replacingFirst(by: range.count),
            rowStride: rowStride
        )
    }

    /// Some columns of a matrix, as a view.
    package func columns(_ range: Range<Int>) -> Tensor {
        precondition(shape.rank == 2, "columns of a tensor of rank \(shape.rank)")
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[1], "columns \(range) of \(shape)")
        return Tensor(
            storage: storage,
            offsetInBytes: offsetInBytes + range.lowerBound * dtype.byteCount,
            dtype: dtype,
            shape: Shape(shape[0], range.count),
            rowStride: rowStride
        )
    }

    /// The address of the first element of host memory.
    ///
    /// - Precondition: `T` has the size of this tensor's elements.
    @unsafe
    package func hostPointer<T>(as type: T.Type) -> UnsafeMutablePointer<T> {
        precondition(MemoryLayout<T>.stride == dtype.byteCount, "\(T.self) is not \(dtype.name)")
        return unsafe (storage.baseAddress + offsetInBytes).assumingMemoryBound(to: T.self)
    }
}
