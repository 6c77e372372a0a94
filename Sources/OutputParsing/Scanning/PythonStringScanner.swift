/// Reads the inside of a Python string literal byte by byte, and writes it on as the inside of a JSON string and its end.
struct PythonStringScanner: Sendable {
    private enum State: Hashable {
        case opened, openedTwice, plain, escape
        case number(kind: UInt8, digits: Int, value: UInt32)
    }

    private let quote: UInt8
    private let isRaw: Bool
    private var state = State.opened
    private var isTriple = false
    private var quoteCount = 0

    /// A scanner behind the first quote.
    init(quote: UInt8, isRaw: Bool) {
        self.quote = quote
        self.isRaw = isRaw
    }

    /// Takes a byte, and appends what it adds to the JSON text.
    mutating func consume(_ byte: UInt8, into output: inout [UInt8]) -> ScanStep {
        switch state {
        case .opened where byte == quote:
            state = .openedTwice
            return .more
        case .openedTwice:
            if byte != quote {
                output.append(UInt8(ascii: "\""))
                return .doneBefore
            }
            isTriple = true
            state = .plain
            return .more
        case .opened, .plain:
            state = .plain
            return plain(byte, &output)
        case .escape: return escape(byte, &output)
        case .number(let kind, let digits, let value): return numeric(byte, kind, digits, value, &output)
        }
    }

    private mutating func plain(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        if byte == quote {
            quoteCount += 1
            guard quoteCount == (isTriple ? 3 : 1) else { return .more }
            output.append(UInt8(ascii: "\""))
            return .done
        }
        for _ in 0..<quoteCount { JSONEscape.append(quote, quoted: true, to: &output) }
        quoteCount = 0
        if byte == UInt8(ascii: "\\") {
            state = .escape
        } else {
            JSONEscape.append(byte, quoted: true, to: &output)
        }
        return .more
    }

    private mutating func escape(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        state = .plain
        if isRaw {
            output.append(contentsOf: "\\\\".utf8)
            JSONEscape.append(byte, quoted: true, to: &output)
            return .more
        }
        let simple: [UInt8: UInt8] = [
            UInt8(ascii: "n"): 0x0A, UInt8(ascii: "t"): 0x09, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "b"): 0x08,
            UInt8(ascii: "f"): 0x0C, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "a"): 0x07,
            UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "'"): 0x27, UInt8(ascii: "\""): 0x22,
        ]
        if let value = simple[byte] {
            JSONEscape.append(value, quoted: true, to: &output)
        } else if (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) {
            state = .number(kind: 0, digits: 1, value: UInt32(byte - UInt8(ascii: "0")))
        } else if "xuU".utf8.contains(byte) {
            state = .number(kind: byte, digits: 0, value: 0)
        } else if byte != 0x0A {
            output.append(contentsOf: "\\\\".utf8)
            JSONEscape.append(byte, quoted: true, to: &output)
        }
        return .more
    }

    private mutating func numeric(
        _ byte: UInt8,
        _ kind: UInt8,
        _ digits: Int,
        _ value: UInt32,
        _ output: inout [UInt8]
    ) -> ScanStep {
        let isOctal = kind == 0
        let length = isOctal ? 3 : kind == UInt8(ascii: "x") ? 2 : kind == UInt8(ascii: "u") ? 4 : 8
        let digit = byte < 0x80 ? Character(UnicodeScalar(byte)).hexDigitValue : nil
        guard let digit, digit < (isOctal ? 8 : 16) else {
            guard isOctal else { return .failed }
            state = .plain
            Self.write(value, &output)
            return consume(byte, into: &output)
        }
        let value = value << (isOctal ? 3 : 4) | UInt32(digit)
        state = .number(kind: kind, digits: digits + 1, value: value)
        guard digits + 1 == length else { return .more }
        state = .plain
        guard value <= 0x10FFFF else { return .failed }
        Self.write(value, &output)
        return .more
    }

    private static func write(_ value: UInt32, _ output: inout [UInt8]) {
        guard let scalar = UnicodeScalar(value) else { return JSONEscape.append(unit: value, to: &output) }
        for byte in String(Character(scalar)).utf8 { JSONEscape.append(byte, quoted: true, to: &output) }
    }
}
