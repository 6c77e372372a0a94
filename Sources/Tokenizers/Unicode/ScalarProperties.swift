/// The properties of code points, other than general categories, that patterns name.
struct ScalarProperties: Sendable {
    /// The names, built at first use.
    static let shared = ScalarProperties()

    /// Per name in lower case without `_`, `-` and spaces: the table of its ranges.
    private var tables: [String: Substring] = [:]

    private init() {
        for text in [ScriptTable.scripts, PropertyTable.properties] {
            for entry in text.split(separator: "/") {
                let entry = entry.drop { $0 == " " || $0 == "\n" }
                let names = entry.prefix { $0 != " " && $0 != "\n" }
                for name in names.split(separator: ",") { tables[String(name)] = entry.dropFirst(names.count) }
            }
        }
    }

    /// The code points that have a property; `nil` when there is none of that name.
    func ranges(_ name: String) -> [ClosedRange<UInt32>]? {
        tables[name].map { ScalarRanges($0).ranges }
    }
}
