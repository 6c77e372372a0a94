#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Python's arithmetic.
enum PythonNumber {
    /// The value of an integer literal of the template language: decimal, `0x`, `0o` or `0b`.
    static func integer(literal: String) -> Value? {
        let prefix = Array(literal.utf8.prefix(2))
        let radix: Int
        switch prefix.count == 2 && prefix[0] == 0x30 ? prefix[1] | 0x20 : 0 {
        case UInt8(ascii: "x"): radix = 16
        case UInt8(ascii: "o"): radix = 8
        case UInt8(ascii: "b"): radix = 2
        default: radix = 10
        }
        return integer(radix == 10 ? literal : String(decoding: literal.utf8.dropFirst(2), as: UTF8.self), radix: radix)
    }

    static func integer(_ digits: String, radix: Int = 10) -> Value? {
        if let small = Int(digits, radix: radix) { return .int(small) }
        return BigInteger(digits, radix: radix).map(value)
    }

    static func value(_ big: BigInteger) -> Value { big.integer.map { .int($0) } ?? .big(big) }

    /// The value of an integer or boolean at any size.
    static func big(_ value: Value) -> BigInteger? {
        if case .big(let big) = value { return big }
        return value.integer.map { BigInteger($0) }
    }

    /// How two numbers compare, exactly: below zero, zero or above; `nil` when one is NaN or not a number.
    static func order(_ left: Value, _ right: Value) -> Int? {
        if case .float(let first) = left {
            guard case .float(let second) = right else {
                return big(right)?.compared(to: first).map { -$0 }
            }
            return first == second ? 0 : first < second ? -1 : first > second ? 1 : nil
        }
        guard let first = big(left) else { return nil }
        if case .float(let second) = right { return first.compared(to: second) }
        return big(right).map { first == $0 ? 0 : first < $0 ? -1 : 1 }
    }

    static func negated(_ value: Value) -> Value? {
        switch value {
        case .float(let number): .float(-number)
        default: big(value).map { self.value(-$0) }
        }
    }

    /// The result of an operator on two numbers, or `nil` when one is not a number.
    static func arithmetic(
        _ operation: ArithmeticOperator,
        _ left: Value,
        _ right: Value
    ) throws(TemplateError) -> Value? {
        if let a = left.integer, let b = right.integer, let small = try small(operation, a, b) { return small }
        if left.isInteger && right.isInteger, let a = big(left), let b = big(right) {
            return try large(operation, a, b)
        }
        guard let a = left.number, let b = right.number else { return nil }
        if left.isInteger && a.isInfinite || right.isInteger && b.isInfinite {
            throw .runtime("int too large to convert to float")
        }
        return try float(operation, a, b)
    }

    /// The result where it fits 64 bits.
    private static func small(_ operation: ArithmeticOperator, _ a: Int, _ b: Int) throws(TemplateError) -> Value? {
        let result: (partialValue: Int, overflow: Bool)
        switch operation {
        case .add: result = a.addingReportingOverflow(b)
        case .subtract: result = a.subtractingReportingOverflow(b)
        case .multiply: result = a.multipliedReportingOverflow(by: b)
        case .floorDivide, .modulo:
            if b == 0 {
                throw .runtime(operation == .modulo ? "integer modulo by zero" : "integer division or modulo by zero")
            }
            if b == -1 { return nil }
            let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
            let isRoundedUp = remainder != 0 && (remainder < 0) != (b < 0)
            if operation == .modulo { return .int(isRoundedUp ? remainder + b : remainder) }
            return .int(isRoundedUp ? quotient - 1 : quotient)
        case .divide:
            let exact = -(1 << 53)...(1 << 53)
            return exact.contains(a) && exact.contains(b) ? try float(.divide, Double(a), Double(b)) : nil
        case .power: return nil
        }
        return result.overflow ? nil : .int(result.partialValue)
    }

    private static func large(
        _ operation: ArithmeticOperator,
        _ a: BigInteger,
        _ b: BigInteger
    ) throws(TemplateError) -> Value {
        if b.integer == 0 && (operation == .floorDivide || operation == .modulo) {
            throw .runtime("integer division or modulo by zero")
        }
        switch operation {
        case .add: return value(a + b)
        case .subtract: return value(a - b)
        case .multiply:
            try checkBits(a.bitCount + b.bitCount)
            return value(a * b)
        case .floorDivide: return value(a.dividedDown(by: b).quotient)
        case .modulo: return value(a.dividedDown(by: b).remainder)
        case .divide:
            guard let quotient = try BigInteger.quotient(a, b) else { throw .runtime("division by zero") }
            return .float(quotient)
        case .power: return try power(a, b)
        }
    }

    private static func checkBits(_ bits: Int) throws(TemplateError) {
        if bits > TemplateLimits.maximumIntegerDigits * 3 { throw .limit("an integer grew too large") }
    }

    private static func power(_ base: BigInteger, _ exponent: BigInteger) throws(TemplateError) -> Value {
        if exponent.isNegative {
            if base.integer == 0 { throw .runtime("0.0 cannot be raised to a negative power") }
            return .float(pow(base.double, exponent.double))
        }
        if let small = base.integer, (-1...1).contains(small) {
            return .int(small == -1 && !exponent.isOdd ? 1 : exponent.integer == 0 ? 1 : small)
        }
        guard var remaining = exponent.integer else { throw .limit("an integer grew too large") }
        var square = base
        var result = BigInteger(1)
        while remaining > 0 {
            if remaining & 1 == 1 {
                try checkBits(result.bitCount + square.bitCount)
                result = result * square
            }
            remaining >>= 1
            if remaining > 0 {
                try checkBits(square.bitCount * 2)
                square = square * square
            }
        }
        return value(result)
    }

    private static func float(_ operation: ArithmeticOperator, _ a: Double, _ b: Double) throws(TemplateError) -> Value
    {
        switch operation {
        case .add: return .float(a + b)
        case .subtract: return .float(a - b)
        case .multiply: return .float(a * b)
        case .divide:
            if b == 0 { throw .runtime("division by zero") }
            return .float(a / b)
        case .floorDivide:
            if b == 0 { throw .runtime("float floor division by zero") }
            return .float(floorQuotient(a, b))
        case .modulo:
            if b == 0 { throw .runtime("float modulo") }
            return .float(floorModulo(a, b))
        case .power:
            if a == 0 && b < 0 { throw .runtime("0.0 cannot be raised to a negative power") }
            let result = pow(a, b)
            if result.isInfinite && a.isFinite && b.isFinite { throw .runtime("Numerical result out of range") }
            if result.isNaN && !a.isNaN && !b.isNaN { throw .runtime("complex numbers are not supported") }
            return .float(result)
        }
    }

    private static func floorModulo(_ a: Double, _ b: Double) -> Double {
        let rest = a.truncatingRemainder(dividingBy: b)
        if rest == 0 { return b < 0 ? -0.0 : 0.0 }
        return (rest < 0) != (b < 0) ? rest + b : rest
    }

    /// The quotient rounded down, so that it fits the remainder even where the division itself rounds up.
    private static func floorQuotient(_ a: Double, _ b: Double) -> Double {
        let rest = a.truncatingRemainder(dividingBy: b)
        var quotient = (a - rest) / b
        if rest != 0 && (rest < 0) != (b < 0) { quotient -= 1 }
        if quotient == 0 { return Double(signOf: a / b, magnitudeOf: 0) }
        let floor = quotient.rounded(.down)
        return quotient - floor > 0.5 ? floor + 1 : floor
    }

    /// `round(value, digits)` to nearest, ties to even on the exact binary value.
    static func rounded(_ value: Double, digits: Int) -> Double {
        guard value.isFinite, digits < 330 else { return value }
        if digits < -310 { return value < 0 ? -0.0 : 0 }
        return Double(DecimalExpansion(value).fixed(digits)) ?? value
    }
}
