import FoundationEssentials
import Glibc

/// What every Prometheus client exports of its process on Linux.
enum ProcessMetrics {
    /// When the process began, in seconds since 1970: the system's, or else the first time anyone asked.
    static let startTime = systemStartTime ?? now

    /// The present time in seconds since 1970.
    static var now: Double { Date().timeIntervalSince1970 }

    /// The boot time and the process's ticks since then, as proc(5) has them.
    private static var systemStartTime: Double? {
        guard let own = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let system = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let bootLine = system.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let boot = Double(bootLine.dropFirst("btime ".count)),
            // the name of the process may hold blanks: what follows its parenthesis begins with the third field
            let nameEnd = own.lastIndex(of: ")")
        else { return nil }
        let fields = own[nameEnd...].dropFirst().split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func export(to text: inout PrometheusText) {
        let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let samples: [(String, String, String, Double)] = [
            ("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", page(pages, 0) * pageSize),
            ("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", page(pages, 1) * pageSize),
            (
                "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.",
                startTime
            ),
            ("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", cpuSeconds),
            ("process_open_fds", "gauge", "Number of open file descriptors.", Double(files)),
            ("process_max_fds", "gauge", "Maximum number of open file descriptors.", Double(limit.rlim_cur)),
        ]
        for (name, type, help, value) in samples {
            text.header(name, type: type, help: help)
            text.sample(name, [], value)
        }
    }

    private static func page(_ pages: [Substring], _ position: Int) -> Double {
        pages.indices.contains(position) ? Double(pages[position]) ?? 0 : 0
    }

    private static var cpuSeconds: Double {
        var usage = rusage()
        guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}
