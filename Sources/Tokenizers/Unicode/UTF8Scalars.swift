/// The code point that begins at the offset of valid UTF-8, and its length in bytes.
@inline(__always)
func decodeScalar(_ bytes: [UInt8], _ offset: Int) -> (scalar: UInt32, length: Int) {
    let first = UInt32(bytes[offset])
    if first < 0x80 { return (first, 1) }
    if first < 0xE0 { return ((first & 0x1F) << 6 | UInt32(bytes[offset + 1] & 0x3F), 2) }
    if first < 0xF0 {
        let middle = UInt32(bytes[offset + 1] & 0x3F) << 6
        return ((first & 0x0F) << 12 | middle | UInt32(bytes[offset + 2] & 0x3F), 3)
    }
    let high = UInt32(bytes[offset + 1] & 0x3F) << 12 | UInt32(bytes[offset + 2] & 0x3F) << 6
    return ((first & 0x07) << 18 | high | UInt32(bytes[offset + 3] & 0x3F), 4)
}

/// The offset at which the code point that ends before `offset` begins.
@inline(__always)
func scalarStart(before offset: Int, in bytes: [UInt8]) -> Int {
    var start = offset - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return start
}

/// Appends the UTF-8 of a code point.
@inline(__always)
func appendScalar(_ scalar: UInt32, to bytes: inout [UInt8]) {
    switch scalar {
    case ..<0x80:
        bytes.append(UInt8(scalar))
    case ..<0x800:
        bytes.append(UInt8(0xC0 | scalar >> 6))
        bytes.append(UInt8(0x80 | scalar & 0x3F))
    case ..<0x10000:
        bytes.append(UInt8(0xE0 | scalar >> 12))
        bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
        bytes.append(UInt8(0x80 | scalar & 0x3F))
    default:
        bytes.append(UInt8(0xF0 | scalar >> 18))
        bytes.append(UInt8(0x80 | scalar >> 12 & 0x3F))
        bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
        bytes.append(UInt8(0x80 | scalar & 0x3F))
    }
}

/// The code points of valid UTF-8.
func scalars(of bytes: [UInt8]) -> [UInt32] {
    var scalars: [UInt32] = []
    scalars.reserveCapacity(bytes.count)
    var offset = 0
    while offset < bytes.count {
        let (scalar, length) = decodeScalar(bytes, offset)
        scalars.append(scalar)
        offset += length
    }
    return scalars
}

/// The text that the closure appends for each code point of valid UTF-8.
@inline(__always)
func mapScalars(_ bytes: [UInt8], _ body: (UInt32, inout [UInt8]) -> Void) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var offset = 0
    while offset < bytes.count {
        let (scalar, length) = decodeScalar(bytes, offset)
        body(scalar, &result)
        offset += length
    }
    return result
}
