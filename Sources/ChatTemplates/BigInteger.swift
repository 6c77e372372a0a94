/// An integer of any size, as Python's `int`; values that fit 64 bits are `Value.int` instead.
struct BigInteger: Sendable, Hashable {
    let isNegative: Bool
    /// Base 2³², least significant first, without leading zeros.
    let magnitude: [UInt32]

    init(isNegative: Bool, magnitude: [UInt32]) {
        var magnitude = magnitude
        while magnitude.last == 0 { magnitude.removeLast() }
        self.magnitude = magnitude
        self.isNegative = isNegative && !magnitude.isEmpty
    }

    init(_ value: Int) {
        let magnitude = value.magnitude
        self.init(
            isNegative: value < 0,
            magnitude: [UInt32(truncatingIfNeeded: magnitude), UInt32(truncatingIfNeeded: magnitude >> 32)]
        )
    }

    /// The whole part of a finite number.
    init(_ value: Double) {
        let whole = value.magnitude.rounded(.down)
        let exponent = whole == 0 ? 0 : max(0, Int(whole.exponent) - 52)
        let scaled = UInt64(exponent == 0 ? whole : whole / Double(sign: .plus, exponent: exponent, significand: 1))
        let small = [UInt32(truncatingIfNeeded: scaled), UInt32(truncatingIfNeeded: scaled >> 32)]
        self.init(isNegative: value < 0, magnitude: BigInteger.shiftLeft(small, exponent))
    }

    /// Digits in a base up to 36 with an optional sign; `nil` for anything else.
    init?(_ digits: String, radix: Int = 10) {
        var bytes = Array(digits.utf8)
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        guard !bytes.isEmpty, bytes.count <= TemplateLimits.maximumIntegerDigits else { return nil }
        var magnitude: [UInt32] = []
        for byte in bytes {
            guard let digit = BigInteger.digit(byte), digit < radix else { return nil }
            BigInteger.multiply(&magnitude, by: UInt32(radix), adding: UInt32(digit))
        }
        self.init(isNegative: isNegative, magnitude: magnitude)
    }

    /// The value of a digit in the bases up to 36.
    static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte - 0x30)
        case 0x61...0x7A: Int(byte - 0x61) + 10
        case 0x41...0x5A: Int(byte - 0x41) + 10
        default: nil
        }
    }

    /// The value as a machine integer, where it fits.
    var integer: Int? {
        guard magnitude.count <= 2 else { return nil }
        var value: UInt = 0
        for (index, digit) in magnitude.enumerated() { value |= UInt(digit) << UInt(32 * index) }
        if isNegative { return value <= Int.min.magnitude ? Int(truncatingIfNeeded: 0 &- value) : nil }
        return Int(exactly: value)
    }

    var double: Double { Double(description) ?? 0 }
    var isOdd: Bool { (magnitude.first ?? 0) & 1 == 1 }
    /// About how many bits the value has.
    var bitCount: Int { magnitude.count * 32 }

    var description: String { digits(radix: 10) }

    func digits(radix: Int) -> String {
        if magnitude.isEmpty { return "0" }
        var remaining = magnitude
        var digits: [UInt8] = []
        // as many digits at a time as fit one limb
        var chunk = UInt32(radix)
        var width = 1
        while UInt64(chunk) * UInt64(radix) <= UInt64(UInt32.max) {
            chunk *= UInt32(radix)
            width += 1
        }
        while !remaining.isEmpty {
            let part = Array(String(BigInteger.divide(&remaining, by: chunk), radix: radix).utf8.reversed())
            digits.append(contentsOf: part)
            if !remaining.isEmpty { digits.append(contentsOf: repeatElement(0x30, count: width - part.count)) }
        }
        if isNegative { digits.append(UInt8(ascii: "-")) }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    // MARK: - Arithmetic

    static prefix func - (value: BigInteger) -> BigInteger {
        BigInteger(isNegative: !value.isNegative, magnitude: value.magnitude)
    }

    static func + (left: BigInteger, right: BigInteger) -> BigInteger {
        if left.isNegative == right.isNegative {
            return BigInteger(isNegative: left.isNegative, magnitude: add(left.magnitude, right.magnitude))
        }
        if isLess(left.magnitude, right.magnitude) {
            return BigInteger(isNegative: right.isNegative, magnitude: subtract(right.magnitude, left.magnitude))
        }
        return BigInteger(isNegative: left.isNegative, magnitude: subtract(left.magnitude, right.magnitude))
    }

    static func - (left: BigInteger, right: BigInteger) -> BigInteger { left + -right }

    static func * (left: BigInteger, right: BigInteger) -> BigInteger {
        var product = [UInt32](repeating: 0, count: left.magnitude.count + right.magnitude.count)
        for (i, a) in left.magnitude.enumerated() {
            var carry: UInt64 = 0
            for (j, b) in right.magnitude.enumerated() {
                let sum = UInt64(a) * UInt64(b) + UInt64(product[i + j]) + carry
                product[i + j] = UInt32(truncatingIfNeeded: sum)
                carry = sum >> 32
            }
            product[i + right.magnitude.count] = UInt32(carry)
        }
        return BigInteger(isNegative: left.isNegative != right.isNegative, magnitude: product)
    }

    /// Quotient rounded down and remainder with the divisor's sign, as Python divides; the divisor is not zero.
    func dividedDown(by divisor: BigInteger) -> (quotient: BigInteger, remainder: BigInteger) {
        var quotient: [UInt32] = Array(repeating: 0, count: magnitude.count)
        var remainder: [UInt32] = []
        for bit in stride(from: magnitude.count * 32 - 1, through: 0, by: -1) {
            remainder = BigInteger.shiftLeft(remainder, 1)
            if magnitude[bit / 32] >> UInt32(bit % 32) & 1 == 1 {
                if remainder.isEmpty { remainder = [1] } else { remainder[0] |= 1 }
            }
            while remainder.last == 0 { remainder.removeLast() }
            if !BigInteger.isLess(remainder, divisor.magnitude) {
                remainder = BigInteger.subtract(remainder, divisor.magnitude)
                while remainder.last == 0 { remainder.removeLast() }
                quotient[bit / 32] |= 1 << UInt32(bit % 32)
            }
        }
        let whole = BigInteger(isNegative: isNegative != divisor.isNegative, magnitude: quotient)
        let rest = BigInteger(isNegative: isNegative, magnitude: remainder)
        if rest.magnitude.isEmpty || isNegative == divisor.isNegative { return (whole, rest) }
        return (whole - BigInteger(1), rest + divisor)
    }

    static func < (left: BigInteger, right: BigInteger) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative
            ? isLess(right.magnitude, left.magnitude) : isLess(left.magnitude, right.magnitude)
    }

    // MARK: - Magnitudes

    private static func isLess(_ left: [UInt32], _ right: [UInt32]) -> Bool {
        if left.count != right.count { return left.count < right.count }
        for index in left.indices.reversed() where left[index] != right[index] { return left[index] < right[index] }
        return false
    }

    private static func add(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var sum: [UInt32] = []
        var carry: UInt64 = 0
        for index in 0..<max(left.count, right.count) {
            carry += UInt64(index < left.count ? left[index] : 0) + UInt64(index < right.count ? right[index] : 0)
            sum.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        if carry > 0 { sum.append(UInt32(carry)) }
        return sum
    }

    /// The difference of two magnitudes of which the first is not the smaller.
    private static func subtract(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var difference = left
        var borrow: Int64 = 0
        for index in left.indices {
            var value = Int64(left[index]) - borrow - Int64(index < right.count ? right[index] : 0)
            borrow = value < 0 ? 1 : 0
            if value < 0 { value += 1 << 32 }
            difference[index] = UInt32(value)
        }
        return difference
    }

    private static func multiply(_ magnitude: inout [UInt32], by factor: UInt32, adding addend: UInt32) {
        var carry = UInt64(addend)
        for index in magnitude.indices {
            carry += UInt64(magnitude[index]) * UInt64(factor)
            magnitude[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry > 0 { magnitude.append(UInt32(carry)) }
    }

    private static func divide(_ magnitude: inout [UInt32], by divisor: UInt32) -> UInt32 {
        var remainder: UInt64 = 0
        for index in magnitude.indices.reversed() {
            remainder = remainder << 32 | UInt64(magnitude[index])
            magnitude[index] = UInt32(remainder / UInt64(divisor))
            remainder %= UInt64(divisor)
        }
        while magnitude.last == 0 { magnitude.removeLast() }
        return UInt32(remainder)
    }

    static func shiftLeft(_ magnitude: [UInt32], _ count: Int) -> [UInt32] {
        var shifted = [UInt32](repeating: 0, count: count / 32)
        let bits = UInt32(count % 32)
        var carry: UInt32 = 0
        for digit in magnitude {
            shifted.append(bits == 0 ? digit : digit << bits | carry)
            carry = bits == 0 ? 0 : digit >> (32 - bits)
        }
        if carry > 0 { shifted.append(carry) }
        return shifted
    }
}
