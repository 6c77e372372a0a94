/// Takes text apart into content and tool calls, byte by byte, as a format describes.
///
/// Text that may be a call is held until the call is certain, that is, until its name and the beginning of its arguments
/// have come; from there on it is a call whatever follows. Text that turns out not to be a call is content.
///
/// - Complexity: amortized O(1) per byte.
struct ToolCallMachine: Sendable {
    /// Where in a format the text is.
    enum Phase: Hashable {
        /// Between calls.
        case outside
        /// Behind a marker that several sections begin with, by its place among the markers.
        case choosing(Int)
        /// At a step of the current section.
        case step(Int)
        /// Behind the steps of a call.
        case after
        /// In arguments that are not what they should be.
        case broken
    }

    let grammar: ToolGrammar
    let tools: [ToolDefinition]
    let ids: ToolCallIDGenerator
    var phase = Phase.outside
    var scanner = MarkerScanner()
    var gate: ContentGate

    /// Text outside calls, or behind a call, that may still belong to a marker.
    var text: [UInt8] = []
    /// All text of a call that is not certain yet.
    var held: [UInt8] = []
    var section = 0
    /// Whether a call of the current section is certain.
    var isSectionCertain = false

    var call = PendingCall()
    var callCount = 0
    /// What has been read of a literal.
    var literalCount = 0
    var nameScanner = ToolNameScanner(ToolNameSyntax(ends: []))
    var object = CallObjectScanner(CallObjectSyntax())
    var json = JSONScanner(normalizes: false)
    var python = PythonArgumentsScanner()
    var parameters: ParameterScanner?
    var marked: MarkedArgumentsScanner?
    var damage = DamagedArguments()
    /// Content that is not handed out yet.
    var content: [UInt8] = []
    var events: [OutputEvent] = []

    /// A call on its way.
    struct PendingCall: Sendable {
        var name: String?
        var id: String?
        var isCertain = false
        /// Arguments that are not handed out yet.
        var arguments: [UInt8] = []
    }

    /// A machine before any text.
    init(_ grammar: ToolGrammar, tools: [ToolDefinition], ids: ToolCallIDGenerator, dropsContent: Bool) {
        self.grammar = grammar
        self.tools = tools
        self.ids = ids
        gate = ContentGate(grammar.format.surroundingText, dropsEverything: dropsContent)
    }

    /// Takes text.
    ///
    /// - Returns: what is certain now.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [OutputEvent] {
        for byte in bytes { consume(byte) }
        releaseText()
        flushContent()
        flushArguments()
        defer { events = [] }
        return events
    }

    /// Ends the text.
    ///
    /// - Parameter isCut: whether the model would have gone on.
    /// - Returns: what was held back.
    mutating func finish(isCut: Bool) -> [OutputEvent] {
        if phase == .outside, case .found(let marker, let surplus) = scanner.finish() {
            foundOutside(marker, surplus)
        }
        switch phase {
        case .choosing where call.isCertain, .step where call.isCertain: endText(isCut: isCut)
        case .choosing where gate.isBehindCall, .step where gate.isBehindCall: held = []
        case .choosing, .step: rejectCall(rescanning: 0)
        case .broken: endCall(isComplete: false)
        case .after: text = []
        case .outside: break
        }
        show(text[...])
        text = []
        content += gate.finish()
        flushContent()
        defer { events = [] }
        return events
    }

    /// The arguments that the text ends in.
    private mutating func endText(isCut: Bool) {
        if !isCut, var scanner = parameters {
            parameters = nil
            scanner.close(into: &call.arguments)
            endCall(isComplete: true)
        } else {
            endCall(isComplete: isInCallObject && object.hasArguments)
        }
    }

    // MARK: - Bytes

    mutating func consume(_ byte: UInt8) {
        switch phase {
        case .outside:
            text.append(byte)
            if case .found(let marker, let surplus) = scanner.consume(byte, grammar.outside) {
                foundOutside(marker, surplus)
            }
        case .choosing, .step:
            if !call.isCertain { held.append(byte) }
            inCall(byte)
        case .after: behindCall(byte)
        case .broken: inDamage(byte)
        }
    }

    /// Takes a byte that belongs to a call and is among the held ones.
    mutating func inCall(_ byte: UInt8) {
        switch phase {
        case .choosing(let marker): choose(marker, byte)
        case .step(let step): take(byte, at: step)
        case .outside, .after, .broken: consume(byte)
        }
    }

    // MARK: - Outside

    private mutating func foundOutside(_ marker: Int, _ surplus: Int) {
        let rest = Array(text.suffix(surplus))
        let length = grammar.outside.markers[marker].utf8.count
        text.removeLast(surplus)
        let before = text.dropLast(length)
        switch grammar.markers[marker] {
        case .closer where gate.isBehindCall:
            show(before)
            text = []
        case .closer:
            show(text[...])
            text = []
        case .begin:
            show(before)
            text = []
            begin(marker)
        }
        for byte in rest { consume(byte) }
    }

    /// Enters the sections that begin with a marker.
    mutating func begin(_ marker: Int) {
        guard case .begin(let sections) = grammar.markers[marker] else { return }
        let begin = grammar.sections[sections[0]].begin
        isSectionCertain = false
        call = PendingCall()
        held = []
        switch begin {
        case .marker(let text):
            held = Array(text.utf8)
            if sections.count == 1, grammar.sections[sections[0]].startsWith == nil {
                enter(sections[0])
            } else {
                phase = .choosing(marker)
            }
        case .atStart(let text) where gate.hasText || gate.isBehindCall:
            show(Array(text.utf8)[...])
            phase = .outside
        case .anywhere(let text), .atStart(let text):
            enter(sections[0])
            for byte in text.utf8 { consume(byte) }
        }
    }

    private mutating func choose(_ marker: Int, _ byte: UInt8) {
        guard !byte.isBlank, case .begin(let sections) = grammar.markers[marker] else { return }
        let fitting =
            sections.first { grammar.sections[$0].startsWith?.asciiValue == byte }
            ?? sections.first { grammar.sections[$0].startsWith == nil }
        guard let fitting else { return rejectCall(rescanning: 1) }
        enter(fitting)
        inCall(byte)
    }

    private mutating func enter(_ index: Int) {
        section = index
        startStep(0)
    }

    // MARK: - Text

    /// Shows text outside calls as far as it cannot belong to a marker, and forgets such text behind a call.
    private mutating func releaseText() {
        guard phase == .outside || phase == .after else { return }
        let automaton = phase == .outside ? grammar.outside : grammar.after[section].automaton
        let ready = text.count - scanner.heldCount(automaton)
        if phase == .outside { show(text[..<ready]) }
        text.removeFirst(ready)
    }

    mutating func show(_ bytes: ArraySlice<UInt8>) { content += gate.append(bytes) }

    /// Hands out content.
    mutating func flushContent() {
        if content.isEmpty { return }
        events.append(.content(String(decoding: content, as: UTF8.self)))
        content.removeAll(keepingCapacity: true)
    }

    /// Makes held text content; that many of its last bytes are read again.
    mutating func rejectCall(rescanning count: Int) {
        // the first text of a call is not taken for one again
        let count = isSectionCertain ? count : min(count, held.count - 1)
        let rest = Array(held.suffix(count))
        show(held.dropLast(count))
        held = []
        call = PendingCall()
        parameters = nil
        marked = nil
        phase = .outside
        scanner = MarkerScanner()
        for byte in rest { consume(byte) }
    }
}
