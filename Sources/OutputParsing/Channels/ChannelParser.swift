/// Takes text apart that is written as messages in channels (the Harmony format of gpt-oss), byte by byte.
///
/// A message is `<|channel|>header<|message|>text<|end|>`, the first without the `<|start|>role` that the prompt ends with.
/// The analysis channel holds reasoning; a message to `functions.name` is a call of that tool; the rest is the answer.
///
/// - Complexity: amortized O(1) per byte.
struct ChannelParser: Sendable {
    private enum Marker: Int, CaseIterable {
        case start, channel, constrain, message, end, call, `return`

        var text: String {
            switch self {
            case .start: "<|start|>"
            case .channel: "<|channel|>"
            case .constrain: "<|constrain|>"
            case .message: "<|message|>"
            case .end: "<|end|>"
            case .call: "<|call|>"
            case .return: "<|return|>"
            }
        }
    }

    private enum State: Hashable {
        /// Between messages; text here that belongs to none is the answer.
        case between
        case header, reasoning, content
        case arguments(name: String)
    }

    private static let automaton = MarkerAutomaton(Marker.allCases.map(\.text))
    private static let maximumHeaderLength = 1024

    /// The markers of the format.
    static let markers = Marker.allCases.map(\.text)

    private let parsesCalls: Bool
    private let ids: ToolCallIDGenerator
    private var state = State.between
    private var scanner = MarkerScanner()
    /// Text that may still belong to a marker, or a header on its way.
    private var text: [UInt8] = []
    private var call: ChannelCall?
    private var callCount = 0
    /// Text that is not handed out yet; at most one of both.
    private var reasoning: [UInt8] = []
    private var content: [UInt8] = []
    private var events: [OutputEvent] = []

    /// Whether a message has begun that is not reasoning.
    private(set) var isReasoningOver = false

    /// Whether the text is in a message of reasoning.
    var isReasoning: Bool { state == .reasoning }

    /// A parser before any text.
    init(parsesCalls: Bool, ids: ToolCallIDGenerator) {
        self.parsesCalls = parsesCalls
        self.ids = ids
    }

    /// Takes text.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [OutputEvent] {
        for byte in bytes {
            text.append(byte)
            if case .found(let marker, _) = scanner.consume(byte, Self.automaton) {
                text.removeLast(Self.automaton.markers[marker].utf8.count)
                Marker(rawValue: marker).map { act(on: $0) }
            } else if state == .header, text.count > Self.maximumHeaderLength {
                state = .content
            }
        }
        if state != .header { release(text.count - scanner.heldCount(Self.automaton)) }
        flush()
        defer { events = [] }
        return events
    }

    /// Ends the text.
    mutating func finish() -> [OutputEvent] {
        if state != .header { release(text.count) }
        text = []
        endMessage()
        flush()
        defer { events = [] }
        return events
    }

    private mutating func act(on marker: Marker) {
        if case .arguments = state {
            release(text.count)
            // inside a string of the arguments a marker is text
            if call?.isInString == true {
                text = Array(marker.text.utf8)
                return release(text.count)
            }
        }
        switch marker {
        case .start, .channel:
            if state == .header {
                text += Array(marker.text.utf8)
                return
            }
            release(text.count)
            endMessage()
            state = .header
            text = Array(marker.text.utf8)
        case .constrain where state == .header: text += Array(marker.text.utf8)
        case .message where state == .header:
            enter(header: String(decoding: text, as: UTF8.self))
            text = []
        case .message:
            release(text.count)
            endMessage()
            state = .content
            isReasoningOver = true
        case .constrain: release(text.count)
        case .end, .call, .return:
            if state == .header { text = [] }
            release(text.count)
            endMessage()
        }
    }

    private mutating func enter(header: String) {
        let channel = Self.word(after: Marker.channel.text, in: header)
        if let recipient = Self.word(after: "to=", in: header) {
            let prefix = "functions."
            let name = recipient.hasPrefix(prefix) ? String(recipient.dropFirst(prefix.count)) : recipient
            isReasoningOver = true
            state = parsesCalls && !name.isEmpty ? .arguments(name: name) : .content
            call = ChannelCall(name: name)
        } else if channel == "analysis" {
            state = .reasoning
        } else {
            state = .content
            isReasoningOver = true
        }
    }

    /// The letters behind the last place of a text, up to a blank or another marker.
    private static func word(after text: String, in header: String) -> String? {
        let bytes = Array(header.utf8)
        let pattern = Array(text.utf8)
        guard bytes.count >= pattern.count else { return nil }
        let starts = (0...(bytes.count - pattern.count)).reversed()
        guard let start = starts.first(where: { bytes[$0..<($0 + pattern.count)].elementsEqual(pattern) }) else {
            return nil
        }
        let word = bytes[(start + pattern.count)...].prefix { !$0.isBlank && $0 != UInt8(ascii: "<") }
        return String(decoding: word, as: UTF8.self)
    }

    // MARK: - Text

    private mutating func release(_ count: Int) {
        guard count > 0 else { return }
        let ready = text.prefix(count)
        switch state {
        case .reasoning: reasoning += ready
        case .content, .between: content += ready
        case .arguments(let name): arguments(ready, name)
        case .header: break
        }
        text.removeFirst(count)
    }

    private mutating func flushText() {
        if !reasoning.isEmpty { events.append(.reasoning(String(decoding: reasoning, as: UTF8.self))) }
        if !content.isEmpty { events.append(.content(String(decoding: content, as: UTF8.self))) }
        reasoning.removeAll(keepingCapacity: true)
        content.removeAll(keepingCapacity: true)
    }

    private mutating func arguments(_ bytes: ArraySlice<UInt8>, _ name: String) {
        for byte in bytes {
            guard call?.consume(byte) == true else { continue }
            let id = ids.id(.random, index: callCount, name: name, written: nil)
            flushText()
            events.append(.toolCallBegin(index: callCount, id: id, name: name))
            callCount += 1
        }
    }

    private mutating func flush() {
        flushText()
        guard let fragment = call?.takeFragment() else { return }
        events.append(.toolCallArguments(index: callCount - 1, text: fragment))
    }

    private mutating func endMessage() {
        flush()
        if let call, case .arguments = state {
            if call.isCertain {
                events.append(.toolCallEnd(index: callCount - 1, isComplete: call.isComplete))
            } else if !call.held.isEmpty {
                content += call.held
            }
        }
        call = nil
        state = .between
    }
}

/// The arguments of a call that are a message of their own.
struct ChannelCall: Sendable {
    let name: String
    private var json = JSONScanner(normalizes: false)
    private var arguments: [UInt8] = []
    private var isBroken = false
    /// All text while the call is not certain.
    private(set) var held: [UInt8] = []
    /// Whether the arguments have begun as an object does.
    private(set) var isCertain = false
    /// Whether the arguments are a whole object.
    private(set) var isComplete = false

    /// Whether the text is inside a string of arguments that are sound so far.
    var isInString: Bool { json.isInString && !isBroken }

    /// A call of which nothing has come.
    init(name: String) { self.name = name }

    /// Takes a byte.
    ///
    /// - Returns: whether the call became certain with it.
    mutating func consume(_ byte: UInt8) -> Bool {
        if !isCertain { held.append(byte) }
        if isBroken {
            if isCertain { arguments.append(byte) }
            return false
        }
        if isComplete { return false }
        let mayBegin = json.significantCount > 0 || byte.isBlank || byte == UInt8(ascii: "{")
        switch mayBegin ? json.consume(byte, into: &arguments) : .failed {
        case .more: break
        case .done: isComplete = true
        case .doneBefore, .failed:
            isBroken = true
            if isCertain { arguments.append(byte) }
        }
        guard !isCertain, json.significantCount > 1, !isBroken else { return false }
        isCertain = true
        held = []
        return true
    }

    /// The arguments that are not handed out yet.
    mutating func takeFragment() -> String? {
        guard isCertain, !arguments.isEmpty else { return nil }
        defer { arguments.removeAll(keepingCapacity: true) }
        return String(decoding: arguments, as: UTF8.self)
    }
}
