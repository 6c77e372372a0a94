/// Reads an object with bare names whose strings stand between marks, and writes it on as JSON as it comes.
///
/// `city:<|"|>Paris<|"|>,days:2,tags:[<|"|>a<|"|>]}` with the mark `<|"|>`. A bare value is JSON if it can be, else a string.
struct MarkedArgumentsScanner: Sendable {
    private enum State: Hashable {
        case firstKey, key, value, firstElement, mark, string, bare, afterValue
    }

    private static let maximumDepth = 256
    private static let maximumWordLength = 4096

    private let mark: MarkerAutomaton
    private let tool: ToolDefinition?
    private var state = State.firstKey
    /// For each open container whether it is an object; the arguments themselves are the first.
    private var containers = [true]
    private var scanner = MarkerScanner()
    private var text: [UInt8] = []
    private var isKey = false
    private var type = ParameterType.inferred
    private var needsComma = false

    /// Whether a first name, or the end without any, has come.
    private(set) var hasBegun = false

    /// A scanner behind the opening brace.
    init(mark: MarkerAutomaton, tool: ToolDefinition?) {
        self.mark = mark
        self.tool = tool
    }

    /// Takes a byte, and appends what it adds to the arguments.
    mutating func consume(_ byte: UInt8, into output: inout [UInt8]) -> ScanStep {
        switch state {
        case .string: return string(byte, &output)
        case .mark: return startString(byte, &output)
        case .bare: return bare(byte, &output)
        default: return byte.isBlank ? .more : structure(byte, &output)
        }
    }

    private mutating func structure(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        let closes = byte == (containers.last == true ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        switch (state, byte) {
        case (.firstKey, _) where closes, (.firstElement, _) where closes, (.afterValue, _) where closes:
            return close(&output)
        case (.firstKey, _), (.key, _): return start(byte, isKey: true, &output)
        case (.firstElement, _), (.value, _): return start(byte, isKey: false, &output)
        case (.afterValue, UInt8(ascii: ",")):
            needsComma = true
            state = containers.last == true ? .key : .value
            return .more
        default: return .failed
        }
    }

    private mutating func start(_ byte: UInt8, isKey: Bool, _ output: inout [UInt8]) -> ScanStep {
        self.isKey = isKey
        text = []
        scanner = MarkerScanner()
        switch byte {
        case UInt8(ascii: "{") where !isKey, UInt8(ascii: "[") where !isKey:
            guard containers.count < Self.maximumDepth else { return .failed }
            writeComma(&output)
            output.append(byte)
            containers.append(byte == UInt8(ascii: "{"))
            state = byte == UInt8(ascii: "{") ? .firstKey : .firstElement
            return .more
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"), UInt8(ascii: "}"): return .failed
        default:
            state = byte == mark.markers[0].utf8.first ? .mark : .bare
            return consume(byte, into: &output)
        }
    }

    private mutating func writeComma(_ output: inout [UInt8]) {
        if needsComma { output.append(contentsOf: ", ".utf8) }
        needsComma = false
    }

    private mutating func startString(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        if case .found = scanner.consume(byte, mark) {
            if !isKey {
                writeComma(&output)
                output.append(UInt8(ascii: "\""))
            }
            text = []
            state = .string
            return .more
        }
        text.append(byte)
        // not the mark after all: a bare word that begins alike
        if scanner.heldCount(mark) < text.count { state = .bare }
        return .more
    }

    private mutating func string(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        text.append(byte)
        if case .found = scanner.consume(byte, mark) {
            text.removeLast(mark.markers[0].utf8.count)
            if isKey {
                guard !text.isEmpty else { return .failed }
                state = .bare
                return .more
            }
            write(text[...], &output)
            output.append(UInt8(ascii: "\""))
            state = .afterValue
            return .more
        }
        if isKey { return text.count > Self.maximumWordLength ? .failed : .more }
        let ready = text.count - scanner.heldCount(mark)
        if ready > 0 {
            write(text[..<ready], &output)
            text.removeFirst(ready)
        }
        return .more
    }

    private func write(_ text: ArraySlice<UInt8>, _ output: inout [UInt8]) {
        for byte in text { JSONEscape.append(byte, quoted: true, to: &output) }
    }

    private mutating func bare(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        let ends = isKey ? [UInt8(ascii: ":")] : [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")]
        guard ends.contains(byte) else {
            let isStray = isKey && (byte == UInt8(ascii: "}") || byte == UInt8(ascii: ","))
            guard !isStray, text.count < Self.maximumWordLength else { return .failed }
            text.append(byte)
            return .more
        }
        let word = Array(String(decoding: text, as: UTF8.self).trimmingBlanks.utf8)
        guard !word.isEmpty else { return .failed }
        if isKey { return endKey(word, &output) }
        writeComma(&output)
        output.append(contentsOf: (containers.count == 1 ? type : .inferred).json(of: word))
        state = .afterValue
        return consume(byte, into: &output)
    }

    private mutating func endKey(_ key: [UInt8], _ output: inout [UInt8]) -> ScanStep {
        if !hasBegun { output.append(UInt8(ascii: "{")) }
        hasBegun = true
        writeComma(&output)
        output.append(contentsOf: ParameterType.quoted(key))
        output.append(contentsOf: ": ".utf8)
        if containers.count == 1 { type = ParameterType(of: String(decoding: key, as: UTF8.self), in: tool) }
        state = .value
        return .more
    }

    private mutating func close(_ output: inout [UInt8]) -> ScanStep {
        if !hasBegun { output.append(UInt8(ascii: "{")) }
        hasBegun = true
        output.append(containers.removeLast() ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        state = .afterValue
        return containers.isEmpty ? .done : .more
    }
}
