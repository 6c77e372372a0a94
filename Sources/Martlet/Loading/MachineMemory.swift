import FoundationEssentials

/// How much memory this process may use: the machine's, or its control group's where that is less.
package struct MachineMemory: Sendable, Hashable {
    /// All of it, in bytes.
    package var totalByteCount: Int
    /// What can be had without swapping, in bytes; the page cache counts as free.
    package var availableByteCount: Int

    /// Sizes given by the caller.
    package init(totalByteCount: Int, availableByteCount: Int) {
        self.totalByteCount = totalByteCount
        self.availableByteCount = availableByteCount
    }

    /// Reads `/proc/meminfo` and the control group's limit (v2, then v1).
    package static func current() -> MachineMemory {
        let fields = meminfo()
        var memory = MachineMemory(
            totalByteCount: fields["MemTotal"] ?? 0,
            availableByteCount: fields["MemAvailable"] ?? fields["MemFree"] ?? 0
        )
        for (limitPath, usagePath) in controlGroupFiles {
            guard let limit = number(in: limitPath), limit < memory.totalByteCount else { continue }
            let used = number(in: usagePath) ?? 0
            let reclaimable = number(
                in: usagePath.replacingSuffix("memory.current", "memory.stat"),
                key: "inactive_file"
            )
            memory.totalByteCount = limit
            memory.availableByteCount = min(
                memory.availableByteCount,
                max(0, limit - used + (reclaimable ?? 0))
            )
        }
        return memory
    }

    private static let controlGroupFiles = [
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ]

    private static func meminfo() -> [String: Int] {
        var fields: [String: Int] = [:]
        for line in text(of: "/proc/meminfo").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 2, let kilobytes = Int(words[1]) else { continue }
            fields[String(words[0].dropLast())] = kilobytes * 1024
        }
        return fields
    }

    private static func number(in path: String, key: String? = nil) -> Int? {
        let lines = text(of: path).split(separator: "\n")
        guard let key else { return lines.first.flatMap { Int($0) } }
        for line in lines where line.hasPrefix(key + " ") {
            return Int(line.dropFirst(key.count + 1))
        }
        return nil
    }

    private static func text(of path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}

extension String {
    fileprivate func replacingSuffix(_ suffix: String, _ replacement: String) -> String {
        hasSuffix(suffix) ? dropLast(suffix.count) + replacement : ""
    }
}
