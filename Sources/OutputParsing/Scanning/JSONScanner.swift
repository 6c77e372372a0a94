/// What a byte led to, in what reads a value byte by byte.
enum ScanStep: Sendable, Hashable {
    /// The value goes on.
    case more
    /// The byte ended the value and belongs to it.
    case done
    /// The value had ended before the byte.
    case doneBefore
    /// The byte cannot stand here; nothing of it was written.
    case failed
}

/// Reads one JSON value byte by byte and writes it on as it comes.
///
/// What is written is always a beginning of a JSON text: white space inside strings that JSON wants escaped is escaped. The
/// normal form is that of Python's `json.dumps(…, ensure_ascii=False)`: `, ` and `: ` as separators, escapes only where
/// needed, numbers as Python prints them; else the text stays as it is. Nesting is bounded.
struct JSONScanner: Sendable {
    private enum State: Hashable {
        case value, firstElement, firstKey, key, colon, afterValue
        case string(isKey: Bool)
        case word(JSONWord)
        case number
    }

    private static let maximumDepth = 256
    private static let maximumNumberLength = 4096

    private let normalizes: Bool
    private var state = State.value
    /// For each open container whether it is an object.
    private var containers: [Bool] = []
    private var strings = JSONStringScanner()
    private var number: [UInt8] = []
    /// How many bytes that are neither white space nor inside a value have been taken.
    private(set) var significantCount = 0

    /// A scanner before a value.
    ///
    /// - Parameter normalizes: whether the normal form is written.
    init(normalizes: Bool) { self.normalizes = normalizes }

    /// Whether the bytes so far end inside a string.
    var isInString: Bool { if case .string = state { true } else { false } }

    /// How many containers are open.
    var depth: Int { containers.count }

    /// Takes a byte, and appends what it means for the text to `output`.
    mutating func consume(_ byte: UInt8, into output: inout [UInt8]) -> ScanStep {
        switch state {
        case .string(let isKey): return string(byte, isKey: isKey, &output)
        case .number: return numeral(byte, &output)
        case .word(var word):
            guard word.accept(byte) else { return .failed }
            output.append(byte)
            state = .word(word)
            return word.isComplete ? endValue() : .more
        default: break
        }
        if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            if !normalizes, !(state == .value && containers.isEmpty) { output.append(byte) }
            return .more
        }
        let step = structure(byte, &output)
        if step != .failed { significantCount += 1 }
        return step
    }

    private mutating func structure(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        switch (state, byte) {
        case (.firstElement, UInt8(ascii: "]")), (.firstKey, UInt8(ascii: "}")): return close(byte, &output)
        case (.value, _), (.firstElement, _): return startValue(byte, &output)
        case (.firstKey, UInt8(ascii: "\"")), (.key, UInt8(ascii: "\"")):
            state = .string(isKey: true)
            output.append(byte)
        case (.colon, UInt8(ascii: ":")):
            state = .value
            output.append(byte)
            if normalizes { output.append(0x20) }
        case (.afterValue, UInt8(ascii: ",")):
            state = containers.last == true ? .key : .value
            output.append(byte)
            if normalizes { output.append(0x20) }
        case (.afterValue, UInt8(ascii: "]")) where containers.last == false,
            (.afterValue, UInt8(ascii: "}")) where containers.last == true:
            return close(byte, &output)
        default: return .failed
        }
        return .more
    }

    private mutating func startValue(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard containers.count < Self.maximumDepth else { return .failed }
            containers.append(byte == UInt8(ascii: "{"))
            state = byte == UInt8(ascii: "{") ? .firstKey : .firstElement
            output.append(byte)
        case UInt8(ascii: "\""):
            state = .string(isKey: false)
            output.append(byte)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            state = .number
            number = [byte]
        default:
            guard let word = JSONWord(first: byte) else { return .failed }
            state = .word(word)
            output.append(byte)
        }
        return .more
    }

    private mutating func string(_ byte: UInt8, isKey: Bool, _ output: inout [UInt8]) -> ScanStep {
        guard strings.consume(byte, normalizes: normalizes, into: &output) else { return .more }
        if isKey {
            state = .colon
            return .more
        }
        return endValue()
    }

    private mutating func numeral(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
            UInt8(ascii: "+"), UInt8(ascii: "-"):
            number.append(byte)
            if number.count < Self.maximumNumberLength { return .more }
            output.append(contentsOf: number.dropLast())
            return .failed
        default: break
        }
        guard let text = JSONNumber.text(of: number, normalizes: normalizes) else {
            output.append(contentsOf: number)
            return .failed
        }
        output.append(contentsOf: text)
        if endValue() == .done { return .doneBefore }
        return consume(byte, into: &output)
    }

    private mutating func close(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        output.append(byte)
        containers.removeLast()
        return endValue()
    }

    private mutating func endValue() -> ScanStep {
        state = .afterValue
        return containers.isEmpty ? .done : .more
    }
}

/// `true`, `false` or `null` on its way.
struct JSONWord: Sendable, Hashable {
    private let rest: StaticText
    private var position = 1

    private enum StaticText: String {
        case yes = "true"
        case no = "false"
        case null = "null"
    }

    /// The word that begins with a byte.
    init?(first: UInt8) {
        switch first {
        case UInt8(ascii: "t"): rest = .yes
        case UInt8(ascii: "f"): rest = .no
        case UInt8(ascii: "n"): rest = .null
        default: return nil
        }
    }

    /// Whether all its letters have come.
    var isComplete: Bool { position == rest.rawValue.utf8.count }

    /// Takes the next byte if it is the word's.
    mutating func accept(_ byte: UInt8) -> Bool {
        guard !isComplete, Array(rest.rawValue.utf8)[position] == byte else { return false }
        position += 1
        return true
    }
}

/// JSON's numbers.
enum JSONNumber {
    /// The text to write for a number.
    ///
    /// - Parameters:
    ///   - bytes: what may be a number.
    ///   - normalizes: whether to write it as Python does after reading it.
    /// - Returns: the text, or `nil` where the bytes are no number.
    static func text(of bytes: [UInt8], normalizes: Bool) -> [UInt8]? {
        guard isValid(bytes) else { return nil }
        guard normalizes else { return bytes }
        let isInteger = bytes.allSatisfy {
            $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        if isInteger { return bytes == Array("-0".utf8) ? Array("0".utf8) : bytes }
        guard let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else { return bytes }
        return Array("\(value)".utf8)
    }

    /// Whether the bytes are a number as RFC 8259 has it.
    static func isValid(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        if rest.first == UInt8(ascii: "0") {
            rest.removeFirst()
        } else if !dropDigits(&rest) {
            return false
        }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            if !dropDigits(&rest) { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
            if !dropDigits(&rest) { return false }
        }
        return rest.isEmpty
    }

    private static func dropDigits(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest.removeFirst(digits.count)
        return !digits.isEmpty
    }
}
