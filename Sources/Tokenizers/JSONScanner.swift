/// Finds `model.vocab` and `model.merges` without building anything; tolerant, since the JSON parser checks the rest.
struct JSONScanner {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var vocabulary: Range<Int>?
    private(set) var merges: Range<Int>?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func findLargeMembers() {
        var path: [Range<Int>] = []
        var expectsKey = false
        var key: Range<Int>?
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let start = position
                skipString()
                if expectsKey { key = (start + 1)..<max(position - 1, start + 1) }
                expectsKey = false
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if path.count == 2, isModel(path[1]), let key, note(key) { continue }
                path.append(key ?? 0..<0)
                if path.count > 64 { return }
                expectsKey = bytes[position] == UInt8(ascii: "{")
                key = nil
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if path.popLast() == nil { return }
                position += 1
            case UInt8(ascii: ","):
                expectsKey = path.count <= 2
                position += 1
            default:
                position += 1
            }
        }
    }

    private func isModel(_ key: Range<Int>) -> Bool { bytes[key].elementsEqual("model".utf8) }

    /// Skips the value of `vocab`, and that of `merges` when it is an array.
    private mutating func note(_ key: Range<Int>) -> Bool {
        let start = position
        if bytes[key].elementsEqual("vocab".utf8) {
            guard skipValue() else { return false }
            vocabulary = start..<position
        } else if bytes[key].elementsEqual("merges".utf8), bytes[position] == UInt8(ascii: "[") {
            guard skipValue() else { return false }
            merges = start..<position
        } else {
            return false
        }
        return true
    }

    /// Skips an object or array; on a text that ends inside it the position stays.
    private mutating func skipValue() -> Bool {
        let bytes = bytes
        let span = bytes.span
        var index = position
        var depth = 0
        while index < span.count {
            switch span[index] {
            case UInt8(ascii: "\""): index = Self.stringEnd(span, index)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
                if depth == 0 {
                    position = index
                    return true
                }
            default: index += 1
            }
        }
        return false
    }

    private mutating func skipString() {
        let bytes = bytes
        position = Self.stringEnd(bytes.span, position)
    }

    /// The offset after the string that begins at the position, or the end of a text that ends inside it.
    @inline(__always)
    private static func stringEnd(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var index = start + 1
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { return index + 1 }
            index += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        return bytes.count
    }
}
