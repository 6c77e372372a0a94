/// Reads one Python literal (text, number, `True`, `None`, list, tuple, dictionary), and writes it on as JSON as it comes.
struct PythonLiteralScanner: Sendable {
    private enum State: Hashable {
        case value, firstElement, firstKey, key, colon, afterValue
        case word, string
    }

    private static let maximumDepth = 256
    private static let maximumWordLength = 4096

    private var state = State.value
    /// The bytes that close the open containers.
    private var closers: [UInt8] = []
    private var isKey = false
    /// Whether a comma has come that is written with the element behind it.
    private var isBehindComma = false
    private var word: [UInt8] = []
    private var strings = PythonStringScanner(quote: 0, isRaw: false)

    /// A scanner before a literal.
    init() {}

    /// Whether a byte may be part of a name; bytes beyond ASCII are.
    static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    /// Takes a byte, and appends what it adds to the JSON text.
    mutating func consume(_ byte: UInt8, into output: inout [UInt8]) -> ScanStep {
        switch state {
        case .string:
            switch strings.consume(byte, into: &output) {
            case .done: return endValue()
            case .doneBefore: return endValue() == .done ? .doneBefore : consume(byte, into: &output)
            case let step: return step
            }
        case .word: return wordCharacter(byte, &output)
        default: return byte.isBlank ? .more : structure(byte, &output)
        }
    }

    private mutating func structure(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        let closes = byte == closers.last
        switch (state, byte) {
        case (.firstElement, _) where closes, (.firstKey, _) where closes, (.afterValue, _) where closes:
            return close(&output)
        case (.value, _) where closes && isBehindComma, (.key, _) where closes: return close(&output)
        case (.value, _), (.firstElement, _): return start(byte, isKey: false, &output)
        case (.firstKey, _), (.key, _): return start(byte, isKey: true, &output)
        case (.colon, UInt8(ascii: ":")):
            output.append(contentsOf: ": ".utf8)
            state = .value
        case (.afterValue, UInt8(ascii: ",")) where !closers.isEmpty:
            isBehindComma = true
            state = closers.last == UInt8(ascii: "}") ? .key : .value
        default: return .failed
        }
        return .more
    }

    private mutating func start(_ byte: UInt8, isKey: Bool, _ output: inout [UInt8]) -> ScanStep {
        self.isKey = isKey
        if isBehindComma { output.append(contentsOf: ", ".utf8) }
        isBehindComma = false
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: "{"):
            guard !isKey, closers.count < Self.maximumDepth else { return .failed }
            let isObject = byte == UInt8(ascii: "{")
            closers.append(
                isObject ? UInt8(ascii: "}") : byte == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: ")")
            )
            output.append(isObject ? byte : UInt8(ascii: "["))
            state = isObject ? .firstKey : .firstElement
        case UInt8(ascii: "\""), UInt8(ascii: "'"): startString(byte, isRaw: false, &output)
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            word = [byte]
            state = .word
        default:
            guard Self.isIdentifier(byte) else { return .failed }
            word = [byte]
            state = .word
        }
        return .more
    }

    private mutating func startString(_ quote: UInt8, isRaw: Bool, _ output: inout [UInt8]) {
        strings = PythonStringScanner(quote: quote, isRaw: isRaw)
        output.append(UInt8(ascii: "\""))
        state = .string
    }

    private mutating func wordCharacter(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        let signs = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
        let isExponentSign = signs && (word.last == UInt8(ascii: "e") || word.last == UInt8(ascii: "E"))
        if Self.isIdentifier(byte) || byte == UInt8(ascii: ".") || isExponentSign {
            guard word.count < Self.maximumWordLength else { return .failed }
            word.append(byte)
            return .more
        }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            let prefix = String(decoding: word, as: UTF8.self).lowercased()
            guard prefix == "r" || prefix == "u" else { return .failed }
            startString(byte, isRaw: prefix == "r", &output)
            return .more
        }
        guard let json = Self.json(of: String(decoding: word, as: UTF8.self)) else { return .failed }
        output.append(contentsOf: isKey ? ParameterType.quoted(json) : json)
        return endValue() == .done ? .doneBefore : consume(byte, into: &output)
    }

    private static func json(of word: String) -> [UInt8]? {
        switch word {
        case "True", "true": Array("true".utf8)
        case "False", "false": Array("false".utf8)
        case "None", "null": Array("null".utf8)
        default: PythonNumber.json(word)
        }
    }

    private mutating func close(_ output: inout [UInt8]) -> ScanStep {
        output.append(closers.removeLast() == UInt8(ascii: "}") ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        isKey = false
        isBehindComma = false
        return endValue()
    }

    private mutating func endValue() -> ScanStep {
        state = isKey ? .colon : .afterValue
        return closers.isEmpty ? .done : .more
    }
}
