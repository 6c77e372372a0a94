import FoundationEssentials
import MartletJSON

/// What of this process is in memory, as `/proc/self/status` says.
struct ProcessMemory {
    /// Pages that belong to no file: cache, activations, converted weights, the program's own data.
    let anonymousByteCount: Int
    /// Pages of files: mapped weights that were touched, the program's code.
    let fileByteCount: Int

    /// The memory now.
    static func current() -> ProcessMemory {
        var fields: [Substring: Int] = [:]
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == ":" || $0 == " " || $0 == "\t" }
            guard words.count == 3, words[2] == "kB", let kilobytes = Int(words[1]) else { continue }
            fields[words[0]] = kilobytes * 1024
        }
        return ProcessMemory(anonymousByteCount: fields["RssAnon"] ?? 0, fileByteCount: fields["RssFile"] ?? 0)
    }

    /// Anonymous and file pages together.
    var residentByteCount: Int { anonymousByteCount + fileByteCount }
}
