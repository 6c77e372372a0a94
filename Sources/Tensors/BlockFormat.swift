/// What a row of blocks is made of: how many elements and bytes a block has, and how its values are coded.
///
/// The kernels hold what the codes mean; `ggml`'s layouts are those of its files, `grouped…` are this project's.
package struct BlockFormat: Sendable, Hashable {
    /// How the values of a block are coded.
    package enum Coding: Sendable, Hashable, CaseIterable {
        case q4_0, q4_1, q5_0, q5_1, q8_0, q2_K, q3_K, q4_K, q5_K, q6_K, iq4_NL, iq4_XS, mxfp4, nvfp4, tq1_0, tq2_0
        case iq2_XXS, iq2_XS, iq2_S, iq3_XXS, iq3_S, iq1_S, iq1_M
        /// A scale, a zero point of sixteen bits, unsigned nibbles: of thirty-two the first sixteen in the low halves.
        case grouped4
        /// A scale, a zero point of sixteen bits, signed bytes.
        case grouped8
        /// A scale, FP8 (e4m3).
        case groupedFP8
    }

    /// How the values are coded.
    package let coding: Coding
    /// The elements of a block, a multiple of 32.
    package let length: Int
    /// The size of a block.
    package let byteCount: Int
    /// The type of a group's scale; of ggml's formats of no account.
    package let scaleType: DType

    /// One of ggml's formats.
    private init(_ coding: Coding, _ length: Int, _ byteCount: Int) {
        self.coding = coding
        self.length = length
        self.byteCount = byteCount
        scaleType = .float16
    }

    /// Groups of integers or FP8 behind a scale.
    ///
    /// - Parameters:
    ///   - coding: one of the grouped ones.
    ///   - length: the elements of a group, a multiple of 32.
    ///   - scaleType: float32, bfloat16 or float16.
    package init(grouped coding: Coding, length: Int, scaleType: DType) {
        precondition(length > 0 && length % 32 == 0, "a group of \(length)")
        self.coding = coding
        self.length = length
        self.scaleType = scaleType
        let zeroByteCount = coding == .groupedFP8 ? 0 : 2
        byteCount = scaleType.byteCount + zeroByteCount + (coding == .grouped4 ? length / 2 : length)
    }

    /// The formats of ggml, by ggml's names.
    package static let ggml: [(name: String, format: BlockFormat)] = [
        ("Q4_0", BlockFormat(.q4_0, 32, 18)), ("Q4_1", BlockFormat(.q4_1, 32, 20)),
        ("Q5_0", BlockFormat(.q5_0, 32, 22)), ("Q5_1", BlockFormat(.q5_1, 32, 24)),
        ("Q8_0", BlockFormat(.q8_0, 32, 34)), ("Q2_K", BlockFormat(.q2_K, 256, 84)),
        ("Q3_K", BlockFormat(.q3_K, 256, 110)), ("Q4_K", BlockFormat(.q4_K, 256, 144)),
        ("Q5_K", BlockFormat(.q5_K, 256, 176)), ("Q6_K", BlockFormat(.q6_K, 256, 210)),
        ("IQ4_NL", BlockFormat(.iq4_NL, 32, 18)), ("IQ4_XS", BlockFormat(.iq4_XS, 256, 136)),
        ("MXFP4", BlockFormat(.mxfp4, 32, 17)), ("NVFP4", BlockFormat(.nvfp4, 64, 36)),
        ("TQ1_0", BlockFormat(.tq1_0, 256, 54)), ("TQ2_0", BlockFormat(.tq2_0, 256, 66)),
        ("IQ2_XXS", BlockFormat(.iq2_XXS, 256, 66)), ("IQ2_XS", BlockFormat(.iq2_XS, 256, 74)),
        ("IQ2_S", BlockFormat(.iq2_S, 256, 82)), ("IQ3_XXS", BlockFormat(.iq3_XXS, 256, 98)),
        ("IQ3_S", BlockFormat(.iq3_S, 256, 110)), ("IQ1_S", BlockFormat(.iq1_S, 256, 50)),
        ("IQ1_M", BlockFormat(.iq1_M, 256, 56)),
    ]

    /// The format of ggml of that name.
    package init?(ggml name: String) {
        guard let row = Self.ggml.first(where: { $0.name == name }) else { return nil }
        self = row.format
    }

    /// The name for messages: `Q4_K`, `int4-g128`.
    package var name: String {
        switch coding {
        case .grouped4: "int4-g\(length)"
        case .grouped8: "int8-g\(length)"
        case .groupedFP8: "fp8-g\(length)"
        default: Self.ggml.first { $0.format == self }?.name ?? "\(coding)"
        }
    }

    /// The size of a row, the last block padded.
    package func rowByteCount(inputs: Int) -> Int { (inputs + length - 1) / length * byteCount }
}
