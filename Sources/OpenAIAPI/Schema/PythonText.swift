import MartletJSON

/// Values as Python prints them, since the reference server's messages quote values that way.
enum PythonText {
    /// `repr` of a float: the shortest decimal that reads back, exponents from 1e16 on and below 1e-4.
    static func float(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let magnitude = value.magnitude
        // Swift turns to exponents at 2^53 already
        if magnitude >= 9_007_199_254_740_992, magnitude < 1e16 { return "\(Int(value)).0" }
        return "\(value)"
    }

    /// `str` of a value; arrays and objects show only their size, long strings their beginning.
    static func shown(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): String(value)
        case .bigInteger(let digits): APIError.shortened(digits)
        case .double(let value): float(value)
        case .string(let text): APIError.shortened(text)
        case .array(let elements): "<list of \(elements.count) items>"
        case .object(let members): "<dict of \(members.count) items>"
        }
    }

    /// `repr` of a string: single quotes, or double quotes where only single ones occur inside.
    static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar =
            text.utf8.contains(UInt8(ascii: "'")) && !text.utf8.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case quote: result.append(contentsOf: ["\\", quote])
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result.append(contentsOf: "\\x\(digits.utf8.count < 2 ? "0" : "")\(digits)".unicodeScalars)
            default: result.append(scalar)
            }
        }
        result.append(quote)
        return String(result)
    }

    /// `repr` of a list of strings.
    static func list(_ texts: [String]) -> String { "[\(texts.map(quoted).joined(separator: ", "))]" }

    /// `repr` of a list of integers.
    static func list(_ values: [Int]) -> String { "[\(values.map { String($0) }.joined(separator: ", "))]" }

    /// Whether Python would take the value for true.
    static func isTrue(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .bigInteger: true
        case .double(let value): value != 0
        case .string(let text): !text.utf8.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }
}
