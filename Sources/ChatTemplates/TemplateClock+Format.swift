extension TemplateClock {
    /// The time as Python's `strftime` prints it in the C locale, with glibc's flags, widths and modifiers.
    ///
    /// `%s`, whose answer depends on the machine's time zone, is left as it is.
    func formatted(_ format: String) -> String {
        let bytes = Array(format.utf8)
        // Python gives up on a text that does not fit its largest buffer
        var limit = 1024
        while limit < 256 * bytes.count { limit *= 2 }
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            let directive = ClockDirective(bytes, at: index)
            text += field(directive, limit) ?? directive.padded(bytes[index..<directive.end], limit)
            if text.count >= limit { return "" }
            index = directive.end
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func field(_ directive: ClockDirective, _ limit: Int) -> [UInt8]? {
        guard let kind = directive.kind else { return nil }
        if let number = number(kind) { return directive.padded(number, limit) }
        guard var text = words(kind) else { return nil }
        if directive.isUppercase, kind != UInt8(ascii: "P") { text = text.uppercased() }
        if directive.changesCase, "aAbBhp".utf8.contains(kind) {
            text = kind == UInt8(ascii: "p") ? text.lowercased() : text.uppercased()
        }
        return directive.padded(text.utf8, limit)
    }

    private func number(_ kind: UInt8) -> ClockDirective.Number? {
        let twelve = hour % 12 == 0 ? 12 : hour % 12
        return switch kind {
        case UInt8(ascii: "d"): ClockDirective.Number(day, 2)
        case UInt8(ascii: "e"): ClockDirective.Number(day, 2, fill: "_")
        case UInt8(ascii: "m"): ClockDirective.Number(month, 2)
        case UInt8(ascii: "Y"): ClockDirective.Number(year, 4)
        case UInt8(ascii: "y"): ClockDirective.Number(year % 100, 2)
        case UInt8(ascii: "C"): ClockDirective.Number(year / 100, 2)
        case UInt8(ascii: "H"): ClockDirective.Number(hour, 2)
        case UInt8(ascii: "k"): ClockDirective.Number(hour, 2, fill: "_")
        case UInt8(ascii: "I"): ClockDirective.Number(twelve, 2)
        case UInt8(ascii: "l"): ClockDirective.Number(twelve, 2, fill: "_")
        case UInt8(ascii: "M"): ClockDirective.Number(minute, 2)
        case UInt8(ascii: "S"): ClockDirective.Number(second, 2)
        case UInt8(ascii: "j"): ClockDirective.Number(dayOfYear, 3)
        case UInt8(ascii: "U"): ClockDirective.Number((dayOfYear - 1 + 7 - weekday) / 7, 2)
        case UInt8(ascii: "W"): ClockDirective.Number((dayOfYear - 1 + 7 - (weekday + 6) % 7) / 7, 2)
        case UInt8(ascii: "V"): ClockDirective.Number(isoWeek.week, 2)
        case UInt8(ascii: "G"): ClockDirective.Number(isoWeek.year, 4)
        case UInt8(ascii: "g"): ClockDirective.Number(isoWeek.year % 100, 2)
        case UInt8(ascii: "u"): ClockDirective.Number(weekday == 0 ? 7 : weekday, 1)
        case UInt8(ascii: "w"): ClockDirective.Number(weekday, 1)
        default: nil
        }
    }

    private var half: String { hour < 12 ? "AM" : "PM" }

    private func words(_ kind: UInt8) -> String? {
        let monthName = TemplateClock.monthNames[min(max(month, 1), 12) - 1]
        let dayName = TemplateClock.dayNames[weekday]
        switch kind {
        case UInt8(ascii: "a"): return String(dayName.prefix(3))
        case UInt8(ascii: "A"): return dayName
        case UInt8(ascii: "b"), UInt8(ascii: "h"): return String(monthName.prefix(3))
        case UInt8(ascii: "B"): return monthName
        case UInt8(ascii: "p"): return half
        case UInt8(ascii: "P"): return half.lowercased()
        case UInt8(ascii: "f"): return "000000"
        case UInt8(ascii: "D"), UInt8(ascii: "x"): return formatted("%m/%d/%y")
        case UInt8(ascii: "F"): return formatted("%Y-%m-%d")
        case UInt8(ascii: "T"), UInt8(ascii: "X"): return formatted("%H:%M:%S")
        case UInt8(ascii: "R"): return formatted("%H:%M")
        case UInt8(ascii: "r"): return formatted("%I:%M:%S %p")
        case UInt8(ascii: "c"): return formatted("%a %b %e %H:%M:%S %Y")
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "z"), UInt8(ascii: "Z"): return ""
        case UInt8(ascii: "%"): return "%"
        default: return nil
        }
    }
}

/// One `%` of a time's format with what stands between it and its letter.
private struct ClockDirective {
    /// A number and how it is written where no flag says otherwise.
    struct Number {
        let value: Int
        let digits: Int
        let fill: Unicode.Scalar

        init(_ value: Int, _ digits: Int, fill: Unicode.Scalar = "0") {
            self.value = value
            self.digits = digits
            self.fill = fill
        }
    }

    /// The letter; `nil` where there is none that the modifier goes with.
    private(set) var kind: UInt8?
    /// Behind the letter.
    private(set) var end: Int
    private(set) var isUppercase = false
    private(set) var changesCase = false
    private var fill: Unicode.Scalar?
    private var width = 0

    init(_ bytes: [UInt8], at start: Int) {
        end = start + 1
        while end < bytes.count, "-_0^#".utf8.contains(bytes[end]) {
            switch bytes[end] {
            case UInt8(ascii: "^"): isUppercase = true
            case UInt8(ascii: "#"): changesCase = true
            default: fill = Unicode.Scalar(bytes[end])
            }
            end += 1
        }
        while end < bytes.count, (0x30...0x39).contains(bytes[end]) {
            width = min(width * 10 + Int(bytes[end] & 15), 1 << 24)
            end += 1
        }
        let isPlain = end == start + 1
        var forbidden = "".utf8
        if end < bytes.count, bytes[end] == UInt8(ascii: "E") {
            forbidden = "aAbBhdeDFgGHIjklmMSuUVwW".utf8
            end += 1
        } else if end < bytes.count, bytes[end] == UInt8(ascii: "O") {
            forbidden = "aAcCDFxXY".utf8
            end += 1
        }
        guard end < bytes.count else { return }
        // Python puts in the fractions of a second itself, and knows no flags for them
        if !forbidden.contains(bytes[end]), isPlain || bytes[end] != UInt8(ascii: "f") { kind = bytes[end] }
        end += 1
    }

    /// A number in its width.
    func padded(_ number: Number, _ limit: Int) -> [UInt8] {
        let digits = Array(String(number.value).utf8)
        switch fill ?? number.fill {
        case "-": return padded(digits, limit)
        case "_": return Self.filled(digits, " ", max(width, number.digits), limit)
        default: return Self.filled(digits, "0", max(width, number.digits), limit)
        }
    }

    /// A text in its width.
    func padded(_ text: some Collection<UInt8>, _ limit: Int) -> [UInt8] {
        Self.filled(Array(text), fill == "0" ? "0" : " ", width, limit)
    }

    private static func filled(_ text: [UInt8], _ fill: Unicode.Scalar, _ width: Int, _ limit: Int) -> [UInt8] {
        Array(repeating: UInt8(ascii: fill), count: max(0, min(width, limit) - text.count)) + text
    }
}
