import MartletJSON

/// A parameter syntax made ready for parsing.
struct ParameterGrammar: Sendable {
    /// What a marker among parameters means.
    enum Marker: Sendable, Hashable {
        case begin, nameEnd, valueBegin, valueEnd, end
    }

    let syntax: ParameterSyntax
    let between: MarkerAutomaton
    let name: MarkerAutomaton
    let value: MarkerAutomaton

    init(_ syntax: ParameterSyntax) {
        self.syntax = syntax
        between = MarkerAutomaton([syntax.begin, syntax.end, syntax.valueBegin ?? ""])
        name = MarkerAutomaton([syntax.nameEnd])
        let ends = [syntax.valueEnd, syntax.begin, syntax.end]
        value = MarkerAutomaton(ends + (syntax.trimming == .newlines ? ends.map { "\n" + $0 } : []))
    }

    /// What a marker between parameters, or in a value, means.
    func meaning(_ marker: Int, inValue: Bool) -> Marker {
        inValue ? [.valueEnd, .begin, .end][marker % 3] : [.begin, .end, .valueBegin][marker]
    }
}

/// Reads arguments written between markers, and writes them on as a JSON object as they come.
struct ParameterScanner: Sendable {
    private enum State: Hashable {
        case between, name, beforeValue, value
    }

    private static let maximumNameLength = 512

    private let grammar: ParameterGrammar
    private let tool: ToolDefinition?
    private var state = State.between
    private var scanner = MarkerScanner()
    /// Text read that may still belong to a marker, or a name on its way.
    private var buffer: [UInt8] = []
    /// A value that is written only when it is complete, or white space that may be its end.
    private var pending: [UInt8] = []
    /// The name of the parameter whose value comes next.
    private var key: [UInt8] = []
    private var type = ParameterType.string
    private var isStreaming = false
    private var isValueEmpty = true
    private var hasSkippedNewline = false
    private var count = 0

    /// Whether a first parameter, or the end without any, has come.
    private(set) var hasBegun = false

    /// A scanner behind the tool's name.
    init(_ grammar: ParameterGrammar, tool: ToolDefinition?) {
        self.grammar = grammar
        self.tool = tool
    }

    /// Takes a byte, and appends what it adds to the arguments.
    ///
    /// - Returns: `.doneBefore` where the end belongs to what follows; it is to be read again then.
    mutating func consume(_ byte: UInt8, into output: inout [UInt8]) -> ScanStep {
        buffer.append(byte)
        switch state {
        case .between, .beforeValue: return between(byte, &output)
        case .name: return name(byte, &output)
        case .value: return value(byte, &output)
        }
    }

    /// Closes the object where the text ends without the markers that do.
    mutating func close(into output: inout [UInt8]) {
        if state == .value { endValue(buffer[...], &output) }
        if hasBegun { output.append(UInt8(ascii: "}")) }
    }

    private mutating func between(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        let step = scanner.consume(byte, grammar.between)
        if case .more = step {
            let isText = scanner.heldCount(grammar.between) == 0
            if isText { buffer.removeAll(keepingCapacity: true) }
            return isText && !hasBegun && !byte.isBlank ? .failed : .more
        }
        guard case .found(let marker, let surplus) = step else { return .more }
        let rest = Array(buffer.suffix(surplus))
        buffer.removeAll(keepingCapacity: true)
        switch grammar.meaning(marker, inValue: false) {
        case .begin: state = .name
        case .end:
            return end(&output)
        case .valueBegin:
            if state == .beforeValue { startValue(&output) }
        case .nameEnd, .valueEnd: break
        }
        return reread(rest, &output)
    }

    private mutating func name(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        guard case .found(_, let surplus) = scanner.consume(byte, grammar.name) else {
            return buffer.count > Self.maximumNameLength ? .failed : .more
        }
        let rest = Array(buffer.suffix(surplus))
        let text = buffer.dropLast(surplus + grammar.syntax.nameEnd.utf8.count)
        let (key, isString) = Self.key(text, isAttribute: grammar.syntax.isAttribute)
        guard !key.isEmpty else { return .failed }
        buffer.removeAll(keepingCapacity: true)
        if !hasBegun { output.append(UInt8(ascii: "{")) }
        hasBegun = true
        self.key = Array(key.utf8)
        type = ParameterType(of: key, in: tool)
        if let isString { type = isString ? .string : .inferred }
        state = .beforeValue
        if grammar.syntax.valueBegin == nil { startValue(&output) }
        return reread(rest, &output)
    }

    private mutating func startValue(_ output: inout [UInt8]) {
        output.append(contentsOf: (count == 0 ? "" : ", ").utf8)
        output.append(contentsOf: ParameterType.quoted(key))
        output.append(contentsOf: ": ".utf8)
        count += 1
        state = .value
        scanner = MarkerScanner()
        pending = []
        isStreaming = false
        isValueEmpty = true
        hasSkippedNewline = false
    }

    private mutating func value(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        guard case .found(let marker, let surplus) = scanner.consume(byte, grammar.value) else {
            let ready = buffer.count - scanner.heldCount(grammar.value)
            if ready > 0 {
                append(buffer[..<ready], &output)
                buffer.removeFirst(ready)
            }
            return .more
        }
        let rest = Array(buffer.suffix(surplus))
        let length = grammar.value.markers[marker].utf8.count
        endValue(buffer.dropLast(surplus + length), &output)
        buffer.removeAll(keepingCapacity: true)
        switch grammar.meaning(marker, inValue: true) {
        case .begin: state = .name
        case .end: return end(&output)
        case .valueEnd, .nameEnd, .valueBegin: state = .between
        }
        return reread(rest, &output)
    }

    private mutating func end(_ output: inout [UInt8]) -> ScanStep {
        output.append(contentsOf: (hasBegun ? "}" : "{}").utf8)
        hasBegun = true
        return grammar.syntax.consumesEnd ? .done : .doneBefore
    }

    private mutating func reread(_ bytes: [UInt8], _ output: inout [UInt8]) -> ScanStep {
        for byte in bytes {
            let step = consume(byte, into: &output)
            if step != .more { return step }
        }
        return .more
    }

    /// Takes text of a value.
    private mutating func append(_ text: ArraySlice<UInt8>, _ output: inout [UInt8]) {
        for byte in text {
            if isValueEmpty {
                if skipsLeading(byte) { continue }
                isValueEmpty = false
                isStreaming = type.streams(first: byte)
                if isStreaming { output.append(UInt8(ascii: "\"")) }
            }
            if !isStreaming || (grammar.syntax.trimming == .whitespace && byte.isBlank) {
                pending.append(byte)
                continue
            }
            flush(&output)
            JSONEscape.append(byte, quoted: true, to: &output)
        }
    }

    /// Whether a byte before the value's text belongs to the markup.
    private mutating func skipsLeading(_ byte: UInt8) -> Bool {
        switch grammar.syntax.trimming {
        case .none: return false
        case .whitespace: return byte.isBlank
        case .newlines:
            defer { hasSkippedNewline = true }
            return byte == 0x0A && !hasSkippedNewline
        }
    }

    private mutating func flush(_ output: inout [UInt8]) {
        for byte in pending { JSONEscape.append(byte, quoted: true, to: &output) }
        pending.removeAll(keepingCapacity: true)
    }

    /// Ends a value whose last text is given.
    private mutating func endValue(_ text: ArraySlice<UInt8>, _ output: inout [UInt8]) {
        append(text, &output)
        if isStreaming {
            output.append(UInt8(ascii: "\""))
        } else {
            if grammar.syntax.trimming == .whitespace {
                let end = pending.count - pending.reversed().prefix { $0.isBlank }.count
                pending.removeLast(pending.count - end)
            }
            output.append(contentsOf: type.json(of: pending))
        }
        pending = []
    }
}

extension ParameterScanner {
    /// A parameter's name from what stands before the marker that ends it.
    ///
    /// - Returns: the name, and whether its value is a string where an attribute says so.
    private static func key(_ text: ArraySlice<UInt8>, isAttribute: Bool) -> (String, isString: Bool?) {
        let text = String(decoding: text, as: UTF8.self).trimmingBlanks
        guard isAttribute, let quote = text.first, quote == "\"" || quote == "'" else { return (text, nil) }
        let rest = text.dropFirst()
        guard let end = rest.firstIndex(of: quote) else { return (String(rest), nil) }
        let attributes = rest[end...]
        let isString: Bool? =
            attributes.contains("string=\"true\"") ? true : attributes.contains("string=\"false\"") ? false : nil
        return (String(rest[..<end]), isString)
    }
}
