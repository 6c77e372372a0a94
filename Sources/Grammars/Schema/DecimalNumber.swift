import MartletJSON

/// A number as its decimal digits, of any size and exact.
struct DecimalNumber: Sendable, Hashable {
    /// Whether it is below zero.
    let isNegative: Bool
    /// The digits before the point, without leading zeros; none for 0.
    let whole: [UInt8]
    /// The digits after the point, without trailing zeros.
    let fraction: [UInt8]

    /// The most digits that a number may have.
    static let digitLimit = 400

    /// The number of a JSON value; `nil` for other values and for numbers with too many digits.
    init?(_ value: JSONValue) {
        switch value {
        case .integer(let value): self.init(text: String(value))
        case .bigInteger(let digits): self.init(text: digits)
        case .double(let value) where value.isFinite: self.init(text: value.description)
        default: return nil
        }
    }

    /// The number that a JSON number's text means.
    private init?(text: String) {
        var mantissa = Substring(text)
        var exponent = 0
        if let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            mantissa = text[..<mark]
            let digits = text[text.index(after: mark)...]
            guard let value = Int(digits.hasPrefix("+") ? digits.dropFirst() : digits), abs(value) <= Self.digitLimit
            else { return nil }
            exponent = value
        }
        let isNegative = mantissa.hasPrefix("-")
        if isNegative { mantissa = mantissa.dropFirst() }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, mantissa.utf8.count <= Self.digitLimit else { return nil }
        var whole = parts[0].utf8.map { $0 &- UInt8(ascii: "0") }
        var fraction = parts.count == 2 ? parts[1].utf8.map { $0 &- UInt8(ascii: "0") } : []
        guard (whole + fraction).allSatisfy({ $0 < 10 }) else { return nil }
        while exponent > 0 {
            whole.append(fraction.isEmpty ? 0 : fraction.removeFirst())
            exponent -= 1
        }
        while exponent < 0 {
            fraction.insert(whole.popLast() ?? 0, at: 0)
            exponent += 1
        }
        while fraction.last == 0 { fraction.removeLast() }
        self.whole = Array(whole.drop { $0 == 0 })
        self.fraction = fraction
        self.isNegative = isNegative && !(self.whole.isEmpty && fraction.isEmpty)
    }

    /// Whether it is 0.
    var isZero: Bool { whole.isEmpty && fraction.isEmpty }
    /// Whether it is a whole number.
    var isWhole: Bool { fraction.isEmpty }

    /// The shortest text without an exponent.
    var text: String {
        var result = isNegative ? "-" : ""
        result += whole.isEmpty ? "0" : whole.map { String($0) }.joined()
        if !fraction.isEmpty { result += "." + fraction.map { String($0) }.joined() }
        return result
    }
}
