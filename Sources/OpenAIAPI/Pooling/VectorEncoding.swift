/// How vectors are written.
package struct VectorEncoding: Sendable, Hashable {
    /// What stands for a vector.
    package enum Format: String, Sendable, Hashable, CaseIterable {
        /// Its numbers.
        case float
        /// Its bytes in base64.
        case base64
        /// Its bytes, those of all vectors being the body; where each begins is in a header.
        case bytes
        /// The same without the header.
        case bytesOnly = "bytes_only"
    }

    /// The type of an element where bytes are written.
    package enum ElementType: String, Sendable, Hashable, CaseIterable {
        /// binary32
        case float32
        /// binary16
        case float16
        /// The upper half of a binary32.
        case bfloat16
        /// Four bits of exponent, three of mantissa, no infinity: what is too great is 448.
        case float8e4m3 = "fp8_e4m3"
        /// Five bits of exponent, two of mantissa: the upper half of a binary16.
        case float8e5m2 = "fp8_e5m2"
    }

    /// Which byte of an element comes first.
    package enum ByteOrder: String, Sendable, Hashable, CaseIterable {
        /// The lowest: that of all machines that the server runs on.
        case native
        /// The lowest.
        case little
        /// The highest.
        case big
    }

    /// What stands for a vector.
    package var format = Format.float
    /// The type of an element.
    package var elementType = ElementType.float32
    /// Which byte of an element comes first.
    package var byteOrder = ByteOrder.native

    /// Numbers.
    package init() {}

    /// The size of a vector of so many elements in bytes.
    func byteCount(elements: Int) -> Int { elements * elementType.size }

    /// The bytes of a vector.
    package func bytes(of vector: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount(elements: vector.count))
        for value in vector {
            let pattern = elementType.pattern(of: value)
            for place in 0..<elementType.size {
                let shift = 8 * (byteOrder == .big ? elementType.size - 1 - place : place)
                bytes.append(UInt8(truncatingIfNeeded: pattern >> shift))
            }
        }
        return bytes
    }
}

extension VectorEncoding.ElementType {
    fileprivate var size: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .float8e4m3, .float8e5m2: 1
        }
    }

    /// The bits of the element nearest to a number, that with an even mantissa where two are.
    fileprivate func pattern(of value: Float) -> UInt32 {
        switch self {
        case .float32: return value.bitPattern
        case .float16: return UInt32(Float16(value).bitPattern)
        case .bfloat16:
            let bits = value.bitPattern
            if value.isNaN { return bits >> 16 | 0x40 }
            return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
        case .float8e4m3: return Self.float8(value, mantissaBits: 3, bias: 7, overflow: 0x7E)
        case .float8e5m2: return Self.float8(value, mantissaBits: 2, bias: 15, overflow: 0x7C)
        }
    }

    /// The bits of a number in eight.
    ///
    /// - Parameters:
    ///   - value: the number.
    ///   - mantissaBits: the bits behind the leading one.
    ///   - bias: what is added to exponents.
    ///   - overflow: the bits of what is too great.
    /// - Returns: the bits.
    private static func float8(_ value: Float, mantissaBits: Int, bias: Int, overflow: Int) -> UInt32 {
        let sign: UInt32 = value.sign == .minus ? 0x80 : 0
        if value.isNaN { return sign | 0x7F }
        let magnitude = value.magnitude
        guard magnitude.isFinite else { return sign | UInt32(overflow) }
        // the steps between neighbours are those of the least exponent for subnormal numbers and zero too
        let exponent = max(magnitude == 0 ? Int.min : Int(magnitude.exponent), 1 - bias)
        let step = Float(sign: .plus, exponent: exponent - mantissaBits, significand: 1)
        let steps = Int((magnitude / step).rounded(.toNearestOrEven))
        // a mantissa that was rounded up to the next power of two carries into the exponent
        let bits = (exponent + bias - 1) << mantissaBits + steps
        return sign | UInt32(min(bits, overflow))
    }
}
