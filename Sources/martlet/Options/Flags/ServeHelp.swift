import ArgumentParser
import Foundation

/// What `serve --help=TOPIC` says: a group of flags, one flag, everything, or the names of the groups.
struct ServeHelp {
    private let parserHelp: String

    init(parserHelp: String = ServeCommand.helpMessage(includeHidden: false, columns: 120)) {
        self.parserHelp = parserHelp
    }

    /// The text for a topic.
    ///
    /// - Throws: `ValidationError` where nothing has that name.
    func text(for topic: String) throws -> String {
        let groups = groups
        switch topic.lowercased() {
        case "listgroup": return groups.map { $0.title }.joined(separator: "\n")
        case "all", "page": return groups.map { "\($0.title):\n\($0.text)" }.joined(separator: "\n\n")
        default: break
        }
        if let group = groups.first(where: { $0.title.lowercased() == topic.lowercased() }) {
            return "\(group.title):\n\(group.text)"
        }
        let name = topic.replacing("_", with: "-").drop { $0 == "-" }
        let found = groups.flatMap { Self.entries($0.text) }.filter { $0.head.contains(name) }
        guard !name.isEmpty, !found.isEmpty else {
            throw ValidationError("--help=\(topic): no group or flag has that name; --help=listgroup lists the groups")
        }
        return found.map(\.text).joined(separator: "\n")
    }

    /// The parser's sections, then the table's.
    private var groups: [(title: String, text: String)] {
        var groups: [(title: String, text: String)] = []
        var lines: [Substring] = []
        var title: String?
        func close() {
            if let title { groups.append((title, lines.joined(separator: "\n"))) }
        }
        for line in parserHelp.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasSuffix(":"), let first = line.first, first.isUppercase {
                close()
                (title, lines) = (String(line.dropLast()).capitalized, [])
            } else if title != nil, !line.isEmpty {
                lines.append(line)
            }
        }
        close()
        return groups
            + FlagTable.groups.map { (title: $0.title, text: $0.rules.map(\.helpText).joined(separator: "\n")) }
    }

    /// A section's entries: a line that begins with a flag, and what follows it.
    private static func entries(_ text: String) -> [(head: String, text: String)] {
        var entries: [(head: String, text: String)] = []
        for line in text.split(separator: "\n") {
            let words = line.drop { $0 == " " }
            if line.prefix(4).contains("-"), words.hasPrefix("-") {
                let head = words.split(separator: " <").first ?? words
                entries.append((String(head.split(separator: "  ").first ?? head), String(line)))
            } else if let last = entries.indices.last {
                entries[last].text += "\n" + line
            }
        }
        return entries
    }
}

extension FlagRule {
    /// The flag and what becomes of it.
    fileprivate var helpText: String {
        let value = [Arity.none: "", .one: " <value>", .many: " <value> ..."][arity] ?? ""
        let fate =
            switch outcome {
            case .ignored: "no effect: \(reason)"
            case .only(let values): "only \(values.joined(separator: ", ")): \(reason)"
            case .members: "only what changes nothing: \(reason)"
            case .refused: "not supported: \(reason)"
            }
        return "  \(names.joined(separator: ", "))\(value)\n          \(fate)"
    }
}
