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

    static let dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// The day of the year, from 1.
    var dayOfYear: Int {
        let days = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return days[min(max(month, 1), 12) - 1] + day + (isLeap && month > 2 ? 1 : 0)
    }

    /// Days since 0001-01-01, which was a Monday.
    var ordinal: Int {
        let past = year - 1
        return past * 365 + past / 4 - past / 100 + past / 400 + dayOfYear - 1
    }

    /// The day of the week: Sunday is 0.
    var weekday: Int { (ordinal + 1) % 7 }

    /// The year and week of ISO 8601.
    var isoWeek: (year: Int, week: Int) {
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
}
