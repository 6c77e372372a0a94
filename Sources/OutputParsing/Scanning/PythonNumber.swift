/// Python's number literals as JSON.
enum PythonNumber {
    /// A whole number in decimal digits, or `nil` where the text is none.
    ///
    /// - Parameter text: digits with an optional sign, maybe with single underscores between them.
    /// - Returns: the digits without leading zeros.
    static func integer(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        let groups = digits.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        let isDigits = groups.allSatisfy { group in
            !group.isEmpty && group.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard isDigits else { return nil }
        let significant = groups.joined().drop { $0 == UInt8(ascii: "0") }
        if significant.isEmpty { return [UInt8(ascii: "0")] }
        return (isNegative ? [UInt8(ascii: "-")] : []) + significant
    }

    /// The JSON text of a literal: an integer in base 10, 16, 8 or 2, or a floating-point number.
    static func json(_ literal: String) -> [UInt8]? {
        let body = literal.first == "-" || literal.first == "+" ? String(literal.dropFirst()) : literal
        if let integer = integer(literal) {
            // Python has no decimal integers with leading zeros
            return body.first == "0" && integer != [UInt8(ascii: "0")] ? nil : integer
        }
        let sign = literal.first == "-" ? "-" : ""
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where body.lowercased().hasPrefix(prefix) {
            return Int(body.dropFirst(2), radix: radix).flatMap { $0 < 0 ? nil : Array("\(sign)\($0)".utf8) }
        }
        let plain = literal.filter { $0 != "_" }
        let isDecimal = plain.utf8.allSatisfy { "+-.eE0123456789".utf8.contains($0) }
        guard isDecimal, let value = Double(plain), value.isFinite else { return nil }
        return Array("\(value)".utf8)
    }
}
