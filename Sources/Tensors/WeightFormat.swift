/// How the elements of a weight matrix are stored: one row of a table, the interface between checkpoints and kernels.
///
/// Plain formats are row-major elements of a type. Packed formats are quantized: eight rows stand side by side, and every
/// run of `blockSize` inputs of a row shares a scale. `PackedLayout` says where each value lies and `dequantized` what it
/// means: the oracle of the kernels. Block formats are rows of blocks as checkpoints hold them (`BlockFormat`), each value
/// of which is widened to float32 when it is used; of some, the values can be packed as they are.
package struct WeightFormat: Sendable, Hashable {
    /// What the values of a packed format mean.
    package enum Packing: Sendable, Hashable {
        /// Integers with a float16 scale.
        case int8, int6, int4
        /// Integers with a float16 scale and a minimum for each run, both times an integer of each block: as ggml's Q4_K,
        /// Q5_K and, with two integers and no minimum, Q6_K.
        case k4, k5, k6
        /// Integers with a float32 scale and a minimum.
        case affine4, affine8
    }

    /// The format's name, for example `bfloat16` or `int4`.
    package let name: String
    /// The number of elements that share a scale; 1 for plain formats.
    package let blockSize: Int
    /// The size of an element in bits, scales aside.
    package let bitsPerElement: Int
    /// What the values mean, for packed formats.
    package let packing: Packing?
    /// The element type of plain formats; `uint8` for packed ones and blocks.
    package let dtype: DType
    /// What the blocks are, for block formats.
    package let block: BlockFormat?

    /// binary32, row-major.
    package static let float32 = WeightFormat(plain: .float32)
    /// bfloat16, row-major.
    package static let bfloat16 = WeightFormat(plain: .bfloat16)
    /// binary16, row-major.
    package static let float16 = WeightFormat(plain: .float16)
    /// Integers in −127…127, a scale for every 32.
    package static let int8 = WeightFormat(packed: "int8", .int8, bits: 8, blockSize: 32)
    /// Integers in −32…31, a scale for every 32.
    package static let int6 = WeightFormat(packed: "int6", .int6, bits: 6, blockSize: 32)
    /// Integers in −8…7, a scale for every 32.
    package static let int4 = WeightFormat(packed: "int4", .int4, bits: 4, blockSize: 32)
    /// Integers in −8…7, a scale for every 64.
    package static let int4Group64 = WeightFormat(packed: "int4-g64", .int4, bits: 4, blockSize: 64)
    /// Integers in −8…7, a scale for every 128.
    package static let int4Group128 = WeightFormat(packed: "int4-g128", .int4, bits: 4, blockSize: 128)

    /// Every format.
    package static let all = [float32, bfloat16, float16, int8, int6, int4, int4Group64, int4Group128]
    /// The formats that plain matrices can be quantized to.
    package static var packed: [WeightFormat] { all.filter(\.isPacked) }

    /// The format of a plain tensor of that element type.
    package init?(dtype: DType) {
        guard let format = Self.all.first(where: { $0.dtype == dtype && !$0.isPacked }) else { return nil }
        self = format
    }

    /// The format of that name.
    package init?(name: String) {
        guard let format = Self.all.first(where: { $0.name == name }) else { return nil }
        self = format
    }

    /// The packed format that holds exactly what blocks of a format mean.
    ///
    /// - Returns: `nil` where there is none.
    package init?(packing block: BlockFormat) {
        switch block.coding {
        case .q4_0: self = .int4
        case .q8_0: self = .int8
        case .q4_K: self.init(packed: "packed Q4_K", .k4, bits: 4, blockSize: block.length)
        case .q5_K: self.init(packed: "packed Q5_K", .k5, bits: 5, blockSize: block.length)
        case .q6_K: self.init(packed: "packed Q6_K", .k6, bits: 6, blockSize: block.length)
        case .grouped4: self.init(packed: "packed \(block.name)", .affine4, bits: 4, blockSize: block.length)
        case .grouped8: self.init(packed: "packed \(block.name)", .affine8, bits: 8, blockSize: block.length)
        default: return nil
        }
    }

    private init(plain dtype: DType) {
        packing = nil
        name = dtype.name
        blockSize = 1
        bitsPerElement = 8 * dtype.byteCount
        self.dtype = dtype
        block = nil
    }

    private init(packed name: String, _ packing: Packing, bits: Int, blockSize: Int) {
        self.packing = packing
        self.name = name
        self.blockSize = blockSize
        bitsPerElement = bits
        dtype = .uint8
        block = nil
    }

    /// A block format.
    package init(_ block: BlockFormat) {
        name = block.name
        blockSize = block.length
        bitsPerElement = 8 * block.byteCount / block.length
        dtype = .uint8
        packing = nil
        self.block = block
    }

    /// Whether the elements are quantized and eight rows stand side by side.
    package var isPacked: Bool { packing != nil }

    /// The size of a matrix in bytes; packed ones are padded to whole blocks and groups of rows, others to whole blocks.
    package func byteCount(outputs: Int, inputs: Int) -> Int {
        if let block { return outputs * block.rowByteCount(inputs: inputs) }
        guard isPacked else { return outputs * inputs * dtype.byteCount }
        let layout = PackedLayout(self, inputCount: inputs)
        return layout.groupCount(outputs: outputs) * layout.groupByteCount
    }
}
