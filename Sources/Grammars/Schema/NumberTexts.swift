/// Sets of JSON numbers as sets of their texts.
///
/// A set holds, of each of its numbers, every text without an exponent; so the sets can be intersected and complemented.
/// Texts with an exponent are in a set only where it holds all numbers or names the number.
enum NumberTexts {
    /// Every text of a number, with an exponent of up to three digits or without one.
    static let all = automaton(#"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"#)
    /// Every text of a number without an exponent.
    static let plain = automaton(#"-?(0|[1-9][0-9]*)(\.[0-9]+)?"#)
    /// Every text of a whole number.
    static let integers = automaton(#"-?(0|[1-9][0-9]*)(\.0+)?"#)
    /// Whole numbers as they are written: with one zero after the point at most, and that only where a parser that reads
    /// doubles gets the same number.
    static let writtenIntegers = automaton(#"-?(0|[1-9][0-9]*)|-?(0|[1-9][0-9]{0,13})\.0"#)
    /// Numbers that a parser gets exactly, or as the nearest double and tells apart from all others of them: whole
    /// numbers of at most 40 digits, and numbers with a point of at most 15.
    private static let distinct = automaton(
        (["-?(0|[1-9][0-9]{0,39})"] + (1...14).map { #"-?(0|[1-9][0-9]{0,\#($0 - 1)})\.[0-9]{1,\#(15 - $0)}"# })
            .joined(separator: "|")
    )
    /// One text of each number, the shortest.
    static let shortest = automaton(#"0|-?([1-9][0-9]*)(\.[0-9]*[1-9])?|-?0\.[0-9]*[1-9]"#)
    /// Numbers that are not whole.
    private static let fractions = automaton(#"-?(0|[1-9][0-9]*)\.0*[1-9][0-9]*"#)

    private static let alphabet = "-.0123456789".unicodeScalars.map(\.value)

    /// Patterns of this file compile; a failure is a mistake in it.
    private static func automaton(_ pattern: String) -> TextAutomaton {
        do {
            let node = try RegexParser.parse(pattern, place: "number", limits: GrammarLimits())
            return try RegexCompiler.compile(node, place: "number", limits: GrammarLimits())
        } catch {
            preconditionFailure("number pattern \(pattern): \(error)")
        }
    }

    /// The texts of a set as they are generated: whole numbers are not written with many zeros after the point, others
    /// not with more digits than parsers tell apart.
    static func written(_ set: TextAutomaton, limits: GrammarLimits) throws(GrammarError) -> TextAutomaton {
        guard try set.combined(.intersection, fractions, limits: limits).isEmpty else {
            return try set.combined(.intersection, distinct, limits: limits)
        }
        return try set.combined(.intersection, writtenIntegers, limits: limits)
    }

    /// The texts of one number: `texts` and those without an exponent.
    static func constant(
        _ number: DecimalNumber,
        _ texts: [String],
        limits: GrammarLimits
    ) throws(GrammarError) -> TextAutomaton {
        let plain = try compared(to: number, limits: limits) { $0 == 0 }
        return try plain.combined(.union, TextAutomaton.literals(texts, limits: limits), limits: limits)
    }

    // MARK: - Bounds

    /// How a number's magnitude, as far as it is read, compares with a bound's.
    private struct Comparison: Hashable {
        enum Part: Hashable {
            case start, sign, whole, point, fraction
        }
        var part = Part.start
        var isNegative = false
        /// A leading zero, which no digit may follow.
        var isZero = false
        /// Digits read of the part, no more than matter.
        var count = 0
        /// -1, 0 or 1: the digits read against the bound's.
        var order = 0
    }

    /// The numbers whose order relative to the bound (-1, 0 or 1) passes the test.
    static func compared(
        to bound: DecimalNumber,
        limits: GrammarLimits,
        _ isWanted: @escaping (Int) -> Bool
    ) throws(GrammarError) -> TextAutomaton {
        try TextAutomaton.explore(
            from: Comparison(),
            alphabet: alphabet,
            limits: limits,
            step: { step($0, $1, bound) },
            accepts: { state in
                guard state.part == .whole || state.part == .fraction else { return false }
                return isWanted(order(of: state, bound))
            }
        )
    }

    private static func step(_ state: Comparison, _ scalar: UInt32, _ bound: DecimalNumber) -> Comparison? {
        var next = state
        if scalar == 0x2D {
            next.part = .sign
            next.isNegative = true
            return state.part == .start ? next : nil
        }
        if scalar == 0x2E {
            guard state.part == .whole else { return nil }
            next.part = .point
            next.order = wholeOrder(state, bound)
            next.count = 0
            next.isZero = false
            return next
        }
        let digit = Int(scalar) - 0x30
        switch state.part {
        case .start, .sign, .whole:
            if state.isZero { return nil }
            next.part = .whole
            next.isZero = digit == 0 && state.part != .whole
            if next.isZero { return next }
            if state.order == 0, state.count < bound.whole.count {
                next.order = (digit - Int(bound.whole[state.count])).signum()
            }
            next.count = min(state.count + 1, bound.whole.count + 1)
            if next.count > bound.whole.count { next.order = 1 }
        case .point, .fraction:
            next.part = .fraction
            if state.order == 0 {
                let other = state.count < bound.fraction.count ? Int(bound.fraction[state.count]) : 0
                next.order = (digit - other).signum()
            }
            next.count = next.order == 0 ? min(state.count + 1, bound.fraction.count) : 0
        }
        return next
    }

    private static func wholeOrder(_ state: Comparison, _ bound: DecimalNumber) -> Int {
        state.count < bound.whole.count ? -1 : state.order
    }

    /// The order of the number that a state ends, with signs, relative to the bound.
    private static func order(of state: Comparison, _ bound: DecimalNumber) -> Int {
        var magnitude = state.part == .whole ? wholeOrder(state, bound) : state.order
        let read = state.part == .fraction ? state.count : 0
        if magnitude == 0, read < bound.fraction.count { magnitude = -1 }
        // with different signs only whether both are zero matters, and then the magnitudes are equal
        if state.isNegative != bound.isNegative {
            if bound.isZero { return magnitude == 0 ? 0 : -1 }
            // a negative bound is below every number that has no sign, a positive one above every negative number
            return bound.isNegative ? 1 : -1
        }
        return state.isNegative ? -magnitude : magnitude
    }

    // MARK: - Multiples

    private struct Remainder: Hashable {
        var part = Comparison.Part.start
        var isZero = false
        var value = 0
        /// Digits read after the point.
        var places = 0
    }

    /// The multiples of a number above 0; `nil` when there would be too many states.
    static func multiples(of number: DecimalNumber, limits: GrammarLimits) throws(GrammarError) -> TextAutomaton? {
        let places = number.fraction.count
        var divisor = 0
        for digit in number.whole + number.fraction {
            divisor = divisor * 10 + Int(digit)
            guard divisor * (places + 4) <= limits.textStates else { return nil }
        }
        guard divisor > 0 else { return nil }
        let modulus = divisor
        return try TextAutomaton.explore(
            from: Remainder(),
            alphabet: alphabet,
            limits: limits,
            step: { state, scalar in
                var next = state
                if scalar == 0x2D {
                    next.part = .sign
                    return state.part == .start ? next : nil
                }
                if scalar == 0x2E {
                    next.part = .point
                    next.isZero = false
                    return state.part == .whole ? next : nil
                }
                let digit = Int(scalar) - 0x30
                if state.isZero { return nil }
                if state.part == .point || state.part == .fraction {
                    next.part = .fraction
                    if state.places == places { return digit == 0 ? next : nil }
                    next.places += 1
                } else {
                    next.part = .whole
                    next.isZero = digit == 0 && state.part != .whole
                }
                next.value = (state.value * 10 + digit) % modulus
                return next
            },
            accepts: { state in
                guard state.part == .whole || state.part == .fraction else { return false }
                var value = state.value
                for _ in state.places..<places { value = value * 10 % modulus }
                return value == 0
            }
        )
    }
}
