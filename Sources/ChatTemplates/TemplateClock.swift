#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A local date and time, which `strftime_now` prints.
package struct TemplateClock: Sendable, Hashable {
    /// The year, as 2025.
    package let year: Int
    /// The month, from 1.
    package let month: Int
    /// The day of the month, from 1.
    package let day: Int
    /// The hour, from 0.
    package let hour: Int
    /// The minute, from 0.
    package let minute: Int
    /// The second, from 0.
    package let second: Int

    /// A date and time; parts out of range are taken as they are.
    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// The time written as `2025-07-04`, `2025-07-04T13:05` or `2025-07-04T13:05:09`, or `nil` for anything else.
    package init?(_ text: String) {
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard halves.count <= 2, date.count == 3, (1...9999).contains(date[0]), (1...12).contains(date[1]),
            (1...31).contains(date[2])
        else { return nil }
        var time: [Int] = []
        if halves.count == 2 {
            time = halves[1].split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
            guard (2...3).contains(time.count), (0...23).contains(time[0]), time[1...].allSatisfy({ (0...59) ~= $0 })
            else { return nil }
        }
        time.append(contentsOf: repeatElement(0, count: 3 - time.count))
        self.init(year: date[0], month: date[1], day: date[2], hour: time[0], minute: time[1], second: time[2])
    }

    /// This moment in the local time zone.
    package static var now: TemplateClock {
        var seconds = time_t()
        var parts = unsafe tm()
        _ = unsafe time(&seconds)
        _ = unsafe localtime_r(&seconds, &parts)
        return TemplateClock(
            year: Int(unsafe parts.tm_year) + 1900,
            month: Int(unsafe parts.tm_mon) + 1,
            day: Int(unsafe parts.tm_mday),
            hour: Int(unsafe parts.tm_hour),
            minute: Int(unsafe parts.tm_min),
            second: Int(unsafe parts.tm_sec)
        )
    }

    private static let dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// The day of the year, from 1.
    private var dayOfYear: Int {
        let days = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return days[min(max(month, 1), 12) - 1] + day + (isLeap && month > 2 ? 1 : 0)
    }

    /// Days since 0001-01-01, which was a Monday.
    private var ordinal: Int {
        let past = year - 1
        return past * 365 + past / 4 - past / 100 + past / 400 + dayOfYear - 1
    }

    /// The day of the week: Sunday is 0.
    private var weekday: Int { (ordinal + 1) % 7 }

    /// The year and week of ISO 8601.
    private var isoWeek: (year: Int, week: Int) {
        let monday = (weekday + 6) % 7
        let week = (dayOfYear - monday + 9) / 7
        if week < 1 { return (year - 1, TemplateClock(year: year - 1, month: 12, day: 31).isoWeek.week) }
        if week == 53, TemplateClock(year: year + 1, month: 1, day: 1).weekday - 1 < 4,
            (1...4).contains(TemplateClock(year: year + 1, month: 1, day: 1).weekday)
        {
            return (year + 1, 1)
        }
        return (year, week)
    }

    /// The time as C's `strftime` prints it in the C locale, with glibc's flags `-`, `_`, `0`, `^` and `#`.
    func formatted(_ format: String) -> String {
        let bytes = Array(format.utf8)
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%"), index + 1 < bytes.count else {
                text.append(bytes[index])
                index += 1
                continue
            }
            var end = index + 1
            var flag: UInt8 = 0
            if "-_0^#".utf8.contains(bytes[end]) {
                flag = bytes[end]
                end += 1
            }
            if end < bytes.count, let field = field(bytes[end], flag) {
                text.append(contentsOf: (flag == UInt8(ascii: "^") ? field.uppercased() : field).utf8)
                index = end + 1
            } else {
                text.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func padded(_ value: Int, _ width: Int, _ flag: UInt8, _ fill: Character = "0") -> String {
        let digits = String(value)
        if flag == UInt8(ascii: "-") { return digits }
        let fill = flag == UInt8(ascii: "_") ? " " : flag == UInt8(ascii: "0") ? "0" : fill
        return String(repeating: fill, count: max(0, width - digits.utf8.count)) + digits
    }

    private func field(_ kind: UInt8, _ flag: UInt8) -> String? {
        let twelve = hour % 12 == 0 ? 12 : hour % 12
        switch kind {
        case UInt8(ascii: "d"): return padded(day, 2, flag)
        case UInt8(ascii: "e"): return padded(day, 2, flag, " ")
        case UInt8(ascii: "m"): return padded(month, 2, flag)
        case UInt8(ascii: "Y"): return String(year)
        case UInt8(ascii: "y"): return padded(year % 100, 2, flag)
        case UInt8(ascii: "C"): return padded(year / 100, 2, flag)
        case UInt8(ascii: "H"): return padded(hour, 2, flag)
        case UInt8(ascii: "k"): return padded(hour, 2, flag, " ")
        case UInt8(ascii: "I"): return padded(twelve, 2, flag)
        case UInt8(ascii: "l"): return padded(twelve, 2, flag, " ")
        case UInt8(ascii: "M"): return padded(minute, 2, flag)
        case UInt8(ascii: "S"): return padded(second, 2, flag)
        case UInt8(ascii: "f"): return "000000"
        case UInt8(ascii: "p"): return flag == UInt8(ascii: "#") ? half.lowercased() : half
        case UInt8(ascii: "P"): return half.lowercased()
        case UInt8(ascii: "j"): return padded(dayOfYear, 3, flag)
        case UInt8(ascii: "U"): return padded((dayOfYear - 1 + 7 - weekday) / 7, 2, flag)
        case UInt8(ascii: "W"): return padded((dayOfYear - 1 + 7 - (weekday + 6) % 7) / 7, 2, flag)
        case UInt8(ascii: "V"): return padded(isoWeek.week, 2, flag)
        case UInt8(ascii: "G"): return String(isoWeek.year)
        case UInt8(ascii: "g"): return padded(isoWeek.year % 100, 2, flag)
        case UInt8(ascii: "u"): return String(weekday == 0 ? 7 : weekday)
        case UInt8(ascii: "w"): return String(weekday)
        default: return words(kind)
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
