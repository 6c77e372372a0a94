/// Reads a tool's name up to the marker that ends it.
struct ToolNameScanner: Sendable {
    /// What a byte led to.
    enum Step: Hashable {
        /// The name goes on.
        case more
        /// The name is complete; that many of the last bytes belong to what follows.
        case done(surplus: Int)
        /// The byte cannot stand in a name.
        case failed
    }

    private static let maximumLength = 512

    private let syntax: ToolNameSyntax
    private var scanner = MarkerScanner()
    private var text: [UInt8] = []

    /// The tool's name once it is complete.
    private(set) var name = ""
    /// The call's identifier, where the text has it.
    private(set) var id: String?

    /// A scanner before the name.
    init(_ syntax: ToolNameSyntax) { self.syntax = syntax }

    /// Takes a byte.
    mutating func consume(_ byte: UInt8, _ automaton: MarkerAutomaton) -> Step {
        if text.isEmpty, byte.isBlank { return .more }
        text.append(byte)
        switch scanner.consume(byte, automaton) {
        case .more:
            let held = scanner.heldCount(automaton)
            return (held > 0 || Self.isPlain(byte)) && text.count <= Self.maximumLength ? .more : .failed
        case .found(let marker, let surplus):
            let end = syntax.ends[marker]
            let length = end.marker.utf8.count
            guard setName(text.dropLast(surplus + length)) else { return .failed }
            return .done(surplus: surplus + (end.isConsumed ? 0 : length))
        }
    }

    /// Whether a byte may stand in a name.
    private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && !"<>{}[]()`".utf8.contains(byte) }

    private mutating func setName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.allSatisfy({ Self.isPlain($0) || $0.isBlank }) else { return false }
        name = String(decoding: bytes, as: UTF8.self).trimmingBlanks
        if syntax.isQuoted, let quote = name.first, quote == "\"" || quote == "'", name.count > 1, name.last == quote {
            name = String(name.dropFirst().dropLast())
        }
        guard !name.isEmpty, !name.utf8.contains(where: \.isBlank) else { return false }
        guard syntax.isFunctionIndex else { return true }
        id = name
        if name.hasPrefix("functions.") { name.removeFirst("functions.".count) }
        if let colon = name.lastIndex(of: ":"), name[name.index(after: colon)...].allSatisfy(\.isNumber) {
            name = String(name[..<colon])
        }
        return !name.isEmpty
    }
}
