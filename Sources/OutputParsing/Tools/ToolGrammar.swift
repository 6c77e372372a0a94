/// A tool format made ready for parsing: its markers as automata.
struct ToolGrammar: Sendable {
    /// What a marker outside calls means.
    enum Marker: Sendable, Hashable {
        /// Calls begin, in one of these sections.
        case begin([Int])
        /// What closes sections.
        case closer
    }

    /// The markers of one place.
    struct Place: Sendable {
        let automaton: MarkerAutomaton
        let continuations: [ToolSection.Continuation]
        /// Where the meanings of the markers outside calls begin in the automaton's list.
        var outsideOffset: Int { continuations.count }
    }

    let format: ToolFormat
    let sections: [ToolSection]
    let outside: MarkerAutomaton
    let markers: [Marker]
    /// For each section what may stand behind a call, and after that the markers outside calls.
    let after: [Place]
    /// For each section what ends arguments that are broken.
    let broken: [Place]
    /// For each step that looks for markers their automaton, by section and step; empty for others.
    let steps: [[MarkerAutomaton]]
    /// For each step that is a text that text, by section and step; empty for others.
    let literals: [[[UInt8]]]
    /// For each section how it writes parameters.
    let parameters: [ParameterGrammar?]

    init(_ format: ToolFormat) {
        self.format = format
        sections = format.sections
        var texts: [String] = []
        var markers: [Marker] = []
        for (index, section) in format.sections.enumerated() {
            if let known = texts.firstIndex(of: section.begin.text), case .begin(let others) = markers[known] {
                markers[known] = .begin(others + [index])
            } else {
                texts.append(section.begin.text)
                markers.append(.begin([index]))
            }
        }
        for closer in format.closers where !texts.contains(closer) {
            texts.append(closer)
            markers.append(.closer)
        }
        self.markers = markers
        let ownTexts = Set(format.sections.filter { !$0.begin.isMarker }.map(\.begin.text))
        let markersOnly = texts.map { ownTexts.contains($0) ? "" : $0 }
        outside = MarkerAutomaton(texts)
        after = format.sections.map { section in
            Place(
                automaton: MarkerAutomaton(section.after.map(\.marker) + markersOnly),
                continuations: section.after.map(\.next)
            )
        }
        broken = format.sections.map { section in
            // a single character may be part of the arguments, a longer marker is not
            let ends = section.after.filter { $0.marker.utf8.count > 1 }
            return Place(
                automaton: MarkerAutomaton(ends.map(\.marker) + markersOnly),
                continuations: ends.map(\.next)
            )
        }
        steps = format.sections.map { section in (section.opening + section.call).map(\.automaton) }
        literals = format.sections.map { section in (section.opening + section.call).map(\.literal) }
        parameters = format.sections.map { section in
            for case .parameters(let syntax) in section.call { return ParameterGrammar(syntax) }
            return nil
        }
    }

    private static let known = Dictionary(uniqueKeysWithValues: ToolFormat.all.map { ($0.names[0], ToolGrammar($0)) })

    /// A format's grammar, which those of a name share.
    static func shared(_ format: ToolFormat) -> ToolGrammar {
        format.names.first.flatMap { known[$0] } ?? ToolGrammar(format)
    }

    /// The texts in a format that special tokens may stand for.
    static func markers(of format: ToolFormat) -> [String] {
        var texts = format.closers
        for section in format.sections {
            if case .marker(let text) = section.begin { texts.append(text) }
            texts += section.after.map(\.marker)
            texts += (section.opening + section.call).flatMap(\.markers)
        }
        var seen: Set<String> = []
        return texts.filter { $0.utf8.count > 3 && seen.insert($0).inserted }
    }
}

extension ToolCallStep {
    /// The markers that end what the step reads.
    var automaton: MarkerAutomaton {
        switch self {
        case .skipped(let until, _): MarkerAutomaton([until])
        case .name(let syntax): MarkerAutomaton(syntax.ends.map(\.marker))
        case .markedArguments(let mark): MarkerAutomaton([mark])
        default: MarkerAutomaton([])
        }
    }

    /// The bytes of a text that must or may stand here.
    var literal: [UInt8] {
        switch self {
        case .literal(let text), .optional(let text), .identifier(let text, _): Array(text.trimmingBlanks.utf8)
        default: []
        }
    }

    /// The texts in the step that special tokens may stand for.
    var markers: [String] {
        switch self {
        case .literal(let text), .optional(let text), .skipped(let text, _): [text.trimmingBlanks]
        case .identifier(let begin, _): [begin]
        case .name(let syntax): syntax.ends.map(\.marker)
        case .parameters(let syntax):
            [syntax.begin, syntax.nameEnd, syntax.valueBegin ?? "", syntax.valueEnd, syntax.end]
        case .markedArguments(let mark): [mark]
        case .callObject, .arguments, .pythonArguments: []
        }
    }
}

extension String {
    /// The text without ASCII white space at either end.
    var trimmingBlanks: String {
        let bytes = utf8.drop { $0.isBlank }
        let count = bytes.reversed().drop { $0.isBlank }.count
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

extension UInt8 {
    /// Whether this is ASCII white space.
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
