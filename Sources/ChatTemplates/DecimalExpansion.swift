/// The exact decimal digits of a finite floating-point number, rounded half to even where asked.
struct DecimalExpansion {
    private let isNegative: Bool
    /// All significant digits, most significant first, without leading zeros.
    private var digits: [UInt8]
    /// The value is 0.d₁d₂d₃… × 10^exponent.
    private var exponent: Int

    /// - Precondition: the number is finite.
    init(_ value: Double) {
        isNegative = value.sign == .minus
        guard value != 0 else {
            digits = []
            exponent = 0
            return
        }
        // significand × 2^power with an integer significand
        let significand = value.isNormal ? value.significandBitPattern | 1 << 52 : value.significandBitPattern
        let power = (value.isNormal ? Int(value.exponentBitPattern) : 1) - 1075
        var decimal = Array(String(significand).utf8.map { $0 - 0x30 }.reversed())
        if power >= 0 {
            for _ in 0..<power { DecimalExpansion.multiply(&decimal, by: 2) }
            exponent = decimal.count
        } else {
            // dividing by 2^n is multiplying by 5^n and moving the point n places
            for _ in 0..<(-power) { DecimalExpansion.multiply(&decimal, by: 5) }
            exponent = decimal.count + power
        }
        digits = decimal.reversed()
        trim()
    }

    private mutating func trim() { while digits.last == 0 { digits.removeLast() } }

    private static func multiply(_ decimal: inout [UInt8], by factor: UInt8) {
        var carry: UInt8 = 0
        for index in decimal.indices {
            let product = decimal[index] * factor + carry
            decimal[index] = product % 10
            carry = product / 10
        }
        if carry > 0 { decimal.append(carry) }
    }

    /// Keeps that many leading digits (possibly none or fewer than none), rounding half to even.
    private mutating func round(keeping count: Int) {
        guard count < digits.count else { return }
        if count < 0 {
            digits = []
            exponent = 0
            return
        }
        let next = digits[count]
        let isTie = next == 5 && count + 1 == digits.count
        let isOdd = count > 0 && digits[count - 1] % 2 == 1
        let roundsUp = next > 5 || (next == 5 && (!isTie || isOdd))
        digits.removeSubrange(count...)
        if roundsUp {
            var index = count - 1
            while index >= 0 && digits[index] == 9 {
                digits[index] = 0
                index -= 1
            }
            if index >= 0 {
                digits[index] += 1
            } else {
                digits.insert(1, at: 0)
                exponent += 1
            }
        }
        trim()
    }

    private func digit(_ index: Int) -> UInt8 { digits.indices.contains(index) ? digits[index] + 0x30 : 0x30 }

    /// With that many digits after the point, as `%f` prints; fewer than none rounds to tens, hundreds and so on.
    func fixed(_ places: Int) -> String {
        var rounded = self
        if !digits.isEmpty { rounded.round(keeping: exponent + places) }
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        let wholeCount = rounded.digits.isEmpty ? 0 : rounded.exponent
        if wholeCount <= 0 { text.append(0x30) }
        for index in 0..<max(0, wholeCount) { text.append(rounded.digit(index)) }
        if places > 0 {
            text.append(UInt8(ascii: "."))
            for place in 0..<places { text.append(rounded.digit(wholeCount + place)) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// With one digit before the point and that many after it, as `%e` prints.
    func scientific(_ places: Int) -> String {
        var rounded = self
        rounded.round(keeping: places + 1)
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        text.append(rounded.digit(0))
        if places > 0 {
            text.append(UInt8(ascii: "."))
            for place in 1...places { text.append(rounded.digit(place)) }
        }
        let power = rounded.digits.isEmpty ? 0 : rounded.exponent - 1
        return String(decoding: text, as: UTF8.self) + DecimalExpansion.exponentText(power)
    }

    /// As `%g` prints: that many significant digits, in the shorter form, without trailing zeros unless asked.
    func general(_ significant: Int, keepsZeros: Bool) -> String {
        let count = max(1, significant)
        var rounded = self
        rounded.round(keeping: count)
        let power = rounded.digits.isEmpty ? 0 : rounded.exponent - 1
        if power < -4 || power >= count {
            let places = keepsZeros ? count - 1 : max(0, rounded.digits.count - 1)
            return rounded.scientific(places)
        }
        return rounded.fixed(keepsZeros ? count - 1 - power : max(0, rounded.digits.count - 1 - power))
    }

    static func exponentText(_ power: Int) -> String {
        let digits = String(power.magnitude)
        return "e\(power < 0 ? "-" : "+")\(digits.utf8.count < 2 ? "0" : "")\(digits)"
    }
}
