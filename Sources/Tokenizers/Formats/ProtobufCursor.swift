/// Reads the fields of one protobuf message straight from a file's bytes; every length is checked against them.
struct ProtobufCursor {
    /// One field's value.
    enum Value {
        case integer(UInt64)
        case bits32(UInt32)
        case bits64
        case bytes(Range<Int>)
    }

    private let bytes: [UInt8]
    private let end: Int
    private(set) var position: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether there are no more fields.
    var isAtEnd: Bool { position >= end }

    /// The next field; `nil` where the bytes are no field.
    mutating func next() -> (number: UInt64, value: Value)? {
        guard let key = varint(), key >> 3 > 0 else { return nil }
        switch key & 7 {
        case 0: return varint().map { (key >> 3, .integer($0)) }
        case 1: return take(8) == nil ? nil : (key >> 3, .bits64)
        case 2:
            guard let length = varint(), length <= UInt64(end - position), let range = take(Int(length)) else {
                return nil
            }
            return (key >> 3, .bytes(range))
        case 5: return take(4).map { (key >> 3, .bits32(word($0.lowerBound))) }
        default: return nil
        }
    }

    private mutating func take(_ count: Int) -> Range<Int>? {
        guard count <= end - position else { return nil }
        position += count
        return (position - count)..<position
    }

    private func word(_ start: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32($1 * 8) }
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
