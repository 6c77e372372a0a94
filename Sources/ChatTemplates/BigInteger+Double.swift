extension BigInteger {
    /// The number of bits of the magnitude.
    var exactBitCount: Int {
        guard let last = magnitude.last else { return 0 }
        return magnitude.count * 32 - last.leadingZeroBitCount
    }

    /// The quotient of two integers rounded once, as Python's `/` rounds it; `nil` when the divisor is zero.
    ///
    /// - Throws: `TemplateError` when the quotient is beyond the range of floating point.
    static func quotient(_ left: BigInteger, _ right: BigInteger) throws(TemplateError) -> Double? {
        if right.magnitude.isEmpty { return nil }
        if left.magnitude.isEmpty { return right.isNegative ? -0.0 : 0 }
        let distance = left.exactBitCount - right.exactBitCount
        if distance > 1024 { throw .runtime("integer division result too large for a float") }
        // two bits more than a double holds; below, units of a quarter of the smallest double
        let unit = max(distance - 55, -1076)
        if distance < -1080 { return left.isNegative == right.isNegative ? 0 : -0.0 }
        let dividend = BigInteger(isNegative: false, magnitude: shiftLeft(left.magnitude, max(0, -unit)))
        let divisor = BigInteger(isNegative: false, magnitude: shiftLeft(right.magnitude, max(0, unit)))
        let (whole, rest) = dividend.dividedDown(by: divisor)
        // the whole part has at most 57 bits
        var quotient = UInt64(truncatingIfNeeded: whole.integer ?? 0)
        if !rest.magnitude.isEmpty { quotient |= 1 }
        if unit == -1076 && quotient < 1 << 55 {
            let isAbove = quotient & 3 == 3 || quotient & 7 == 6
            quotient = (quotient >> 2 + (isAbove ? 1 : 0)) << 2
        }
        let scaled = Double(sign: .plus, exponent: unit + 54, significand: Double(quotient) * 0x1p-54)
        if scaled.isInfinite { throw .runtime("integer division result too large for a float") }
        return left.isNegative == right.isNegative ? scaled : -scaled
    }

    /// How this compares with a floating point number, exactly: below zero, zero or above; `nil` for NaN.
    func compared(to number: Double) -> Int? {
        if number.isNaN { return nil }
        if number.isInfinite { return number < 0 ? 1 : -1 }
        let whole = BigInteger(number)
        if self == whole {
            let rest = number - number.rounded(.towardZero)
            return rest == 0 ? 0 : rest < 0 ? 1 : -1
        }
        return self < whole ? -1 : 1
    }
}
