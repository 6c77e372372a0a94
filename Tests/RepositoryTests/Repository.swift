import Foundation

/// The checkout as text: what the rules about the code itself are tested against.
enum Repository {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Paths below a folder, relative to the root, with one of these extensions.
    static func files(in folder: String, extensions: Set<String>) throws -> [String] {
        let base = root.appending(path: folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        return names.filter { extensions.contains(URL(filePath: $0).pathExtension) }.map { "\(folder)/\($0)" }.sorted()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func lines(_ path: String) throws -> [Substring] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The modules a file imports.
    static func imports(_ path: String) throws -> Set<String> {
        let keywords = ["public ", "package ", "internal ", "private ", "fileprivate ", "@testable "]
        var modules: Set<String> = []
        for line in try lines(path) {
            var rest = line[...]
            while let keyword = keywords.first(where: { rest.hasPrefix($0) }) { rest = rest.dropFirst(keyword.count) }
            guard rest.hasPrefix("import ") else { continue }
            let name = rest.dropFirst("import ".count).split(separator: " ").last ?? ""
            modules.insert(String(name.split(separator: ".").first ?? ""))
        }
        return modules
    }

    /// The rows of the table in `Package.swift`: target, the targets and the packages it may import.
    static func rows() throws -> [(name: String, imports: Set<String>, packages: Set<String>)] {
        let manifest = try text("Package.swift")
        let table = manifest.components(separatedBy: "let rows = [")[1].components(separatedBy: "\n]\n")[0]
        return table.components(separatedBy: "Row(").dropFirst().map { row in
            (
                name: names(in: row, after: "name:").first ?? "",
                imports: Set(names(in: row, after: " imports:")),
                packages: Set(names(in: row, after: " packages:"))
            )
        }
    }

    /// The quoted names of the list (or the one name) that follows a label.
    private static func names(in row: String, after label: String) -> [String] {
        guard let start = row.range(of: label) else { return [] }
        let rest = row[start.upperBound...].drop { $0 == " " || $0 == "\n" }
        let isList = rest.hasPrefix("[")
        let end = rest.firstIndex(of: isList ? "]" : ",") ?? rest.endIndex
        return rest[..<end].split(separator: "\"").enumerated().compactMap { position, part in
            // without a list the text begins with a quote, so names are at even places
            position % 2 == (isList ? 1 : 0) ? String(part) : nil
        }
    }
}
