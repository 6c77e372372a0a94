/// One value of a GGUF file's metadata.
package enum GGUFValue: Sendable, Hashable {
    case integer(Int)
    case number(Double)
    case bool(Bool)
    case text([UInt8])
    case integers([Int])
    case numbers([Double])
    case bools([Bool])
    case texts([[UInt8]])

    /// The value as an integer.
    package var integer: Int? { if case .integer(let value) = self { value } else { nil } }

    /// The value as a boolean.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The value as a number.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The bytes of a text, which files do not promise to be UTF-8.
    package var bytes: [UInt8]? { if case .text(let value) = self { value } else { nil } }

    /// The value as a text; bytes that are not UTF-8 are U+FFFD.
    package var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The elements of an array of integers.
    package var integers: [Int]? { if case .integers(let values) = self { values } else { nil } }

    /// The elements of an array of numbers.
    package var numbers: [Double]? {
        switch self {
        case .integers(let values): values.map { Double($0) }
        case .numbers(let values): values
        default: nil
        }
    }

    /// The elements of an array of texts.
    package var texts: [[UInt8]]? { if case .texts(let values) = self { values } else { nil } }
}

/// Reads the parts of a header in order; every length is checked against the bytes that are there.
struct GGUFReader {
    private typealias Fault = CheckpointError.GGUFFault

    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// An integer of this width.
    mutating func integer<Value: FixedWidthInteger>(
        _: Value.Type
    ) throws(CheckpointError.GGUFFault) -> Value {
        let count = Value.bitWidth / 8
        guard bytes.count - position >= count else { throw .truncated(offset: position) }
        var value: Value = 0
        for index in 0..<count { value |= Value(truncatingIfNeeded: bytes[position + index]) << Value(index * 8) }
        position += count
        return value
    }

    /// A text that names something.
    mutating func text() throws(CheckpointError.GGUFFault) -> String {
        let start = position
        guard let text = String(validating: try textBytes(), as: UTF8.self) else { throw .invalidName(offset: start) }
        return text
    }

    private mutating func textBytes() throws(CheckpointError.GGUFFault) -> [UInt8] {
        let start = position
        let length = try integer(UInt64.self)
        guard length <= UInt64(bytes.count - position) else { throw .truncated(offset: start) }
        position += Int(length)
        return Array(bytes[(position - Int(length))..<position])
    }

    /// A value of this type.
    mutating func value(_ type: UInt32) throws(CheckpointError.GGUFFault) -> GGUFValue {
        switch type {
        case 0...5, 10, 11: return .integer(try wholeNumber(type))
        case 6, 12: return .number(try number(type))
        case 7: return .bool(try flag())
        case 8: return .text(try textBytes())
        case 9:
            let elementType = try integer(UInt32.self)
            return try array(elementType, try integer(UInt64.self))
        default: throw .unknownValueType(type)
        }
    }

    private mutating func array(_ type: UInt32, _ claimed: UInt64) throws(CheckpointError.GGUFFault) -> GGUFValue {
        // every element takes at least so many bytes
        let minimum: UInt64 =
            switch type {
            case 0, 1, 7: 1
            case 2, 3: 2
            case 4, 5, 6: 4
            case 8, 10, 11, 12: 8
            default: throw .unknownValueType(type)
            }
        guard claimed <= UInt64(bytes.count - position) / minimum else { throw .truncated(offset: position) }
        let count = Int(claimed)
        switch type {
        case 6, 12: return .numbers(try elements(count) { reader throws(Fault) in try reader.number(type) })
        case 7: return .bools(try elements(count) { reader throws(Fault) in try reader.flag() })
        case 8: return .texts(try elements(count) { reader throws(Fault) in try reader.textBytes() })
        default: return .integers(try elements(count) { reader throws(Fault) in try reader.wholeNumber(type) })
        }
    }

    private mutating func elements<Element>(
        _ count: Int,
        _ read: (inout GGUFReader) throws(CheckpointError.GGUFFault) -> Element
    ) throws(CheckpointError.GGUFFault) -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }

    private mutating func wholeNumber(_ type: UInt32) throws(CheckpointError.GGUFFault) -> Int {
        switch type {
        case 0: return Int(try integer(UInt8.self))
        case 1: return Int(try integer(Int8.self))
        case 2: return Int(try integer(UInt16.self))
        case 3: return Int(try integer(Int16.self))
        case 4: return Int(try integer(UInt32.self))
        case 5: return Int(try integer(Int32.self))
        case 10: return Int(clamping: try integer(UInt64.self))
        default: return Int(try integer(Int64.self))
        }
    }

    private mutating func number(_ type: UInt32) throws(CheckpointError.GGUFFault) -> Double {
        if type == 6 { return Double(Float(bitPattern: try integer(UInt32.self))) }
        return Double(bitPattern: try integer(UInt64.self))
    }

    private mutating func flag() throws(CheckpointError.GGUFFault) -> Bool { try integer(UInt8.self) != 0 }
}
