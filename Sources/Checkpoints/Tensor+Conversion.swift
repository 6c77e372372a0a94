package import MartletTensors

extension Tensor {
    /// A copy of a matrix or vector in host memory with another floating-point type; rounds to the nearest, ties to even.
    ///
    /// - Precondition: this tensor and `dtype` are `float32`, `bfloat16` or `float16`, and rows are contiguous.
    /// - Complexity: O(elements).
    package func converted(to dtype: DType) -> Tensor {
        precondition(isContiguous, "converting a strided tensor")
        let count = shape.elementCount
        let storage = Storage(hostByteCount: count * dtype.byteCount)
        let result = Tensor(storage: storage, dtype: dtype, shape: shape)
        for index in 0..<count { unsafe result.store(load(index), at: index) }
        return result
    }

    @unsafe
    private func load(_ index: Int) -> Float {
        switch dtype {
        case .float32: unsafe hostPointer(as: Float.self)[index]
        case .bfloat16: unsafe Float(bitPattern: UInt32(hostPointer(as: UInt16.self)[index]) << 16)
        case .float16: unsafe Float(hostPointer(as: Float16.self)[index])
        case .int32, .uint8, .int8: preconditionFailure("converting \(dtype.name)")
        }
    }

    @unsafe
    private func store(_ value: Float, at index: Int) {
        switch dtype {
        case .float32: unsafe hostPointer(as: Float.self)[index] = value
        case .bfloat16: unsafe hostPointer(as: UInt16.self)[index] = Self.bfloat16(value)
        case .float16: unsafe hostPointer(as: Float16.self)[index] = Float16(value)
        case .int32, .uint8, .int8: preconditionFailure("converting to \(dtype.name)")
        }
    }

    /// The bits of the nearest bfloat16; NaN stays NaN.
    private static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(bits >> 16) | 0x40 }
        return UInt16((bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
