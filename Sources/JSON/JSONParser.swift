/// Reads one JSON text (RFC 8259) from bytes.
///
/// Depth is bounded, so that no text can exhaust the stack; size is the caller's to bound. Of two members with one name
/// the last stays. A lone surrogate escape is an error, since a Swift string cannot hold it.
public struct JSONParser: Sendable {
    /// What the parser accepts.
    public struct Options: Sendable {
        /// How deep arrays and objects may nest.
        public var maximumDepth: Int
        /// How many values there may be in all: a value takes more memory than its text.
        public var maximumValueCount: Int
        /// Whether `NaN`, `Infinity` and `-Infinity` are numbers, as Python's `json` has it.
        public var allowsNonFiniteNumbers: Bool
        /// Whether two members of one object may have the same name.
        public var allowsDuplicateNames: Bool

        /// Options; the default is strict JSON, 512 levels deep, where the last of two members with one name stays.
        public init(
            maximumDepth: Int = 512,
            maximumValueCount: Int = .max,
            allowsNonFiniteNumbers: Bool = false,
            allowsDuplicateNames: Bool = true
        ) {
            self.maximumDepth = maximumDepth
            self.maximumValueCount = maximumValueCount
            self.allowsNonFiniteNumbers = allowsNonFiniteNumbers
            self.allowsDuplicateNames = allowsDuplicateNames
        }
    }

    private let bytes: [UInt8]
    private let options: Options
    private var position = 0
    private var depth = 0
    private var valueCount = 0
    /// The member of the outermost object that is being read.
    private var member: String?

    private init(_ bytes: [UInt8], _ options: Options) {
        self.bytes = bytes
        self.options = options
    }

    /// The value that the bytes hold.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8; a byte order mark is skipped.
    ///   - options: what is accepted.
    /// - Returns: the value.
    /// - Throws: `JSONError` with the position of the first fault.
    /// - Complexity: O(bytes).
    public static func parse(_ bytes: [UInt8], options: Options = Options()) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes, options)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
        parser.skipWhitespace()
        let value = try parser.value()
        parser.skipWhitespace()
        guard parser.position == bytes.count else { throw parser.error(.trailingContent) }
        return value
    }

    /// The value that the text holds.
    public static func parse(_ text: String, options: Options = Options()) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8), options: options)
    }

    private func error(_ reason: JSONError.Reason, at offset: Int? = nil) -> JSONError {
        let offset = min(offset ?? position, bytes.count)
        var line = 1
        var lineStart = 0
        for (index, byte) in bytes[..<offset].enumerated() where byte == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        return JSONError(
            reason: reason,
            offset: offset,
            line: line,
            column: offset - lineStart + 1,
            member: member
        )
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        valueCount += 1
        if valueCount > options.maximumValueCount { throw error(.tooManyValues(limit: options.maximumValueCount)) }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "N") where options.allowsNonFiniteNumbers: return try literal("NaN", .double(.nan))
        case UInt8(ascii: "I") where options.allowsNonFiniteNumbers: return try literal("Infinity", .double(.infinity))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error(.expected("a value"))
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let expected = Array(text.description.utf8)
        guard bytes[position...].starts(with: expected) else {
            throw error(bytes.count - position < expected.count ? .unexpectedEnd : .expected("a value"))
        }
        position += expected.count
        return value
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        if depth > options.maximumDepth { throw error(.tooDeep(limit: options.maximumDepth)) }
        position += 1
        skipWhitespace()
    }

    /// Consumes a separator (true) or the closing byte (false).
    private mutating func hasMore(closing: UInt8, _ name: String) throws(JSONError) -> Bool {
        skipWhitespace()
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        if bytes[position] == closing {
            position += 1
            depth -= 1
            return false
        }
        guard bytes[position] == UInt8(ascii: ",") else { throw error(.expected("',' or '\(name)'")) }
        position += 1
        skipWhitespace()
        return true
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            return .array(elements)
        }
        repeat { elements.append(try value()) } while try hasMore(closing: UInt8(ascii: "]"), "]")
        return .array(elements)
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try enter()
        var members = JSONObject()
        if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
            position += 1
            depth -= 1
            return .object(members)
        }
        repeat {
            guard position < bytes.count else { throw error(.unexpectedEnd) }
            guard bytes[position] == UInt8(ascii: "\"") else { throw error(.expected("a member name in quotes")) }
            let opening = position
            let key = try string()
            if !options.allowsDuplicateNames, members[key] != nil { throw error(.duplicateName(key), at: opening) }
            skipWhitespace()
            guard position < bytes.count else { throw error(.unexpectedEnd) }
            guard bytes[position] == UInt8(ascii: ":") else { throw error(.expected("':'")) }
            position += 1
            skipWhitespace()
            if depth == 1 { member = key }
            members[key] = try value()
            if depth == 1 { member = nil }
        } while try hasMore(closing: UInt8(ascii: "}"), "}")
        return .object(members)
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string() throws(JSONError) -> String {
        let opening = position
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try validated(bytes[start..<position], from: start)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw error(.controlCharacter) }
            position += 1
        }
        throw error(.unexpectedEnd, at: opening)
    }

    private func validated(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw error(.invalidUTF8, at: start) }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var decoded = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let text = try validated(decoded[...], from: start)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &decoded)
            case 0..<0x20:
                throw error(.controlCharacter)
            default:
                decoded.append(byte)
                position += 1
            }
        }
        throw error(.unexpectedEnd)
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(JSONError) {
        guard position + 1 < bytes.count else { throw error(.unexpectedEnd) }
        let simple: UInt8
        switch bytes[position + 1] {
        case UInt8(ascii: "\""): simple = UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): simple = UInt8(ascii: "\\")
        case UInt8(ascii: "/"): simple = UInt8(ascii: "/")
        case UInt8(ascii: "b"): simple = 0x08
        case UInt8(ascii: "f"): simple = 0x0C
        case UInt8(ascii: "n"): simple = 0x0A
        case UInt8(ascii: "r"): simple = 0x0D
        case UInt8(ascii: "t"): simple = 0x09
        case UInt8(ascii: "u"): return try unicodeEscape(into: &decoded)
        default: throw error(.invalidEscape)
        }
        decoded.append(simple)
        position += 2
    }

    private mutating func unicodeEscape(into decoded: inout [UInt8]) throws(JSONError) {
        let start = position
        var code = try hexUnit()
        if (0xD800..<0xDC00).contains(code) {
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw error(.invalidEscape, at: start) }
            let low = try hexUnit()
            guard (0xDC00..<0xE000).contains(low) else { throw error(.invalidEscape, at: start) }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error(.invalidEscape, at: start) }
        decoded.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    }

    /// The four hex digits of `\uXXXX` at the position, which moves behind them.
    private mutating func hexUnit() throws(JSONError) -> UInt32 {
        guard position + 6 <= bytes.count else { throw error(.unexpectedEnd) }
        var code: UInt32 = 0
        for byte in bytes[(position + 2)..<(position + 6)] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.invalidEscape)
            }
            code = code << 4 | UInt32(digit)
        }
        position += 6
        return code
    }
}

// MARK: - Numbers

extension JSONParser {
    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        if bytes[position] == UInt8(ascii: "-") {
            position += 1
            if options.allowsNonFiniteNumbers, position < bytes.count, bytes[position] == UInt8(ascii: "I") {
                return try literal("Infinity", .double(-.infinity))
            }
        }
        let firstDigit = position
        let digits = skipDigits()
        if digits == 0 || (digits > 1 && bytes[firstDigit] == UInt8(ascii: "0")) {
            throw error(.invalidNumber, at: start)
        }
        var isInteger = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            if skipDigits() == 0 { throw error(.invalidNumber, at: start) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            if skipDigits() == 0 { throw error(.invalidNumber, at: start) }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger { return Int(text).map { .integer($0) } ?? .bigInteger(text) }
        guard let value = Double(text) else { throw error(.invalidNumber, at: start) }
        return .double(value)
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position - start
    }
}
