/// How the elements of a weight matrix are stored: one row of a table, the interface between checkpoints and kernels.
///
/// Rows of a matrix are sequences of blocks of `blockSize` elements in `bytesPerBlock` bytes. `dequantize` is the scalar
/// definition of the format: the oracle of its kernels and the fallback where a backend has none.
package struct WeightFormat: Sendable, Hashable {
    /// The format's name, for example `bfloat16`.
    package let name: String
    /// The number of elements of a block.
    package let blockSize: Int
    /// The size of a block.
    package let bytesPerBlock: Int
    /// The element type of unquantized formats; `uint8` for packed ones.
    package let dtype: DType

    /// binary32, row-major.
    package static let float32 = WeightFormat(name: "float32", blockSize: 1, bytesPerBlock: 4, dtype: .float32)
    /// bfloat16, row-major.
    package static let bfloat16 = WeightFormat(name: "bfloat16", blockSize: 1, bytesPerBlock: 2, dtype: .bfloat16)
    /// binary16, row-major.
    package static let float16 = WeightFormat(name: "float16", blockSize: 1, bytesPerBlock: 2, dtype: .float16)

    /// Every format.
    package static let all = [float32, bfloat16, float16]

    /// The format of a plain tensor of that element type.
    package init?(dtype: DType) {
        guard let format = Self.all.first(where: { $0.dtype == dtype && dtype != .uint8 }) else { return nil }
        self = format
    }

    private init(name: String, blockSize: Int, bytesPerBlock: Int, dtype: DType) {
        self.name = name
        self.blockSize = blockSize
        self.bytesPerBlock = bytesPerBlock
        self.dtype = dtype
    }

    /// The size of a row of that many elements.
    package func byteCount(elements: Int) -> Int { (elements + blockSize - 1) / blockSize * bytesPerBlock }
}
