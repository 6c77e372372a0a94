/// The element type of a tensor.
package enum DType: UInt8, Sendable, Hashable, CaseIterable {
    /// IEEE 754 binary32.
    case float32
    /// The upper half of a binary32.
    case bfloat16
    /// IEEE 754 binary16.
    case float16
    /// Signed 32-bit integers: token ids, positions, slots.
    case int32
    /// Bytes of a quantized format, opaque to everything but its kernels.
    case uint8
    /// Keys and values of a cache: signed bytes with a float32 scale for each token and head.
    case int8

    /// The type of that name.
    package init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }

    /// The size of one element in bytes.
    package var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16, .float16: 2
        case .uint8, .int8: 1
        }
    }

    /// The name used in configurations and messages, for example `bfloat16`.
    package var name: String { "\(self)" }
}
