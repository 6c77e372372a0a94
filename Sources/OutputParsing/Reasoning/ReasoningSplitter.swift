/// Parts reasoning from the answer, byte by byte, as a format describes.
struct ReasoningSplitter: Sendable {
    /// What was parted.
    struct Output: Sendable, Hashable {
        /// Text of the reasoning.
        var reasoning: [UInt8] = []
        /// Text of the answer, markup of tool calls included.
        var content: [UInt8] = []
    }

    private let grammar: ReasoningGrammar
    private var isPassing: Bool
    private var scanner = MarkerScanner()
    private var text: [UInt8] = []
    /// How much of the label behind an opening text has come; `nil` where none is expected.
    private var labelCount: Int?

    /// Whether the last text that was taken ended with a marker that opens the reasoning.
    private(set) var hasJustOpened = false

    /// Whether the text is in the reasoning.
    private(set) var isReasoning: Bool

    /// A splitter before any text.
    ///
    /// - Parameters:
    ///   - grammar: the markers.
    ///   - isPassing: whether all text is the answer.
    ///   - isReasoning: whether the text begins in the reasoning.
    init(_ grammar: ReasoningGrammar, isPassing: Bool, isReasoning: Bool) {
        self.grammar = grammar
        self.isPassing = isPassing
        self.isReasoning = isReasoning && !isPassing
    }

    /// Takes text.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> Output {
        var output = Output()
        if isPassing {
            output.content = Array(bytes)
            return output
        }
        hasJustOpened = false
        for byte in bytes { consume(byte, &output) }
        release(upTo: text.count - scanner.heldCount(automaton), &output)
        return output
    }

    /// Ends the text.
    mutating func finish() -> Output {
        var output = Output()
        if case .found(let marker, let surplus) = scanner.finish() { found(marker, surplus, &output) }
        if let count = labelCount, count < grammar.label.count { text += grammar.label.prefix(count) }
        labelCount = nil
        release(upTo: text.count, &output)
        return output
    }

    private var automaton: MarkerAutomaton { isReasoning ? grammar.reasoning : grammar.content }

    private mutating func consume(_ byte: UInt8, _ output: inout Output) {
        if let count = labelCount {
            if count < grammar.label.count, grammar.label[count] == byte {
                labelCount = count + 1
                return
            }
            labelCount = nil
            hasJustOpened = false
            // what began like the label, but is not it
            if count < grammar.label.count { text += grammar.label.prefix(count) }
        }
        text.append(byte)
        hasJustOpened = false
        if case .found(let marker, let surplus) = scanner.consume(byte, automaton) { found(marker, surplus, &output) }
    }

    private mutating func found(_ marker: Int, _ surplus: Int, _ output: inout Output) {
        let rest = Array(text.suffix(surplus))
        text.removeLast(surplus)
        switch grammar.meaning(marker, isReasoning: isReasoning) {
        case .start:
            text.removeLast(automaton.markers[marker].utf8.count)
            release(upTo: text.count, &output)
            isReasoning = true
            hasJustOpened = true
            labelCount = grammar.label.isEmpty ? nil : 0
        case .end:
            text.removeLast(automaton.markers[marker].utf8.count)
            release(upTo: text.count, &output)
            isReasoning = false
        case .implicitEnd:
            let length = automaton.markers[marker].utf8.count
            let markup = text.suffix(length)
            text.removeLast(length)
            release(upTo: text.count, &output)
            isReasoning = false
            output.content += markup
        }
        for byte in rest { consume(byte, &output) }
    }

    private mutating func release(upTo count: Int, _ output: inout Output) {
        if isReasoning { output.reasoning += text.prefix(count) } else { output.content += text.prefix(count) }
        text.removeFirst(count)
    }
}

/// A reasoning format made ready for parsing: its markers as automata.
struct ReasoningGrammar: Sendable {
    /// What a marker means.
    enum Marker: Sendable, Hashable {
        case start, end, implicitEnd
    }

    let label: [UInt8]
    let reasoning: MarkerAutomaton
    let content: MarkerAutomaton
    private let startCount: Int
    private let endCount: Int
    private let contentStartCount: Int

    init(_ format: ReasoningFormat) {
        label = Array(format.label.utf8)
        startCount = format.starts.count
        endCount = format.ends.count
        // in the answer either a marker opens reasoning, or an end that has nothing to end is dropped
        let opening = format.start == .content ? format.starts : []
        contentStartCount = opening.count
        reasoning = MarkerAutomaton(format.starts + format.ends + format.implicitEnds)
        content = MarkerAutomaton(format.start == .content ? format.starts : format.ends)
    }

    /// What a marker of the list of its place means.
    func meaning(_ marker: Int, isReasoning: Bool) -> Marker {
        let startCount = isReasoning ? startCount : contentStartCount
        if marker < startCount { return .start }
        return marker < startCount + endCount ? .end : .implicitEnd
    }
}
