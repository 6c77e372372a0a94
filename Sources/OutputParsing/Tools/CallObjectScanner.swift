import MartletJSON

/// Reads a JSON object that is a tool call, and writes the arguments on as they come.
struct CallObjectScanner: Sendable {
    private enum State: Hashable {
        case start, firstKey, nextKey, key, colon, value, name, arguments, other, afterValue
    }

    private enum Role: Hashable {
        case name, arguments, other
    }

    private static let maximumNameLength = 512

    private let syntax: CallObjectSyntax
    private var state = State.start
    private var role = Role.other
    private var text: [UInt8] = []
    private var strings = JSONStringScanner()
    private var scratch: [UInt8] = []

    /// The reader of the arguments.
    private(set) var arguments: JSONScanner
    /// The tool's name once it is complete.
    private(set) var name: String?
    /// Whether the arguments are complete.
    private(set) var hasArguments = false

    /// A scanner before the opening brace.
    init(_ syntax: CallObjectSyntax) {
        self.syntax = syntax
        arguments = JSONScanner(normalizes: syntax.normalizes)
    }

    /// Whether the arguments have begun as an object does.
    var hasBegunArguments: Bool { hasArguments || arguments.significantCount > 1 }

    /// Takes a byte, and appends what it adds to the arguments.
    mutating func consume(_ byte: UInt8, into output: inout [UInt8]) -> ScanStep {
        switch state {
        case .key: return key(byte)
        case .name: return nameCharacter(byte)
        case .arguments: return end(arguments.consume(byte, into: &output), byte, &output)
        case .other:
            scratch.removeAll(keepingCapacity: true)
            return end(other.consume(byte, into: &scratch), byte, &output)
        default: return byte.isBlank ? .more : structure(byte, &output)
        }
    }

    private var other = JSONScanner(normalizes: false)

    private mutating func structure(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        switch (state, byte) {
        case (.start, UInt8(ascii: "{")): state = .firstKey
        case (.firstKey, UInt8(ascii: "\"")), (.nextKey, UInt8(ascii: "\"")):
            text = []
            strings = JSONStringScanner()
            state = .key
        case (.colon, UInt8(ascii: ":")): state = .value
        case (.value, _): return startValue(byte, &output)
        case (.afterValue, UInt8(ascii: ",")): state = .nextKey
        case (.afterValue, UInt8(ascii: "}")): return name != nil && hasArguments ? .done : .failed
        default: return .failed
        }
        return .more
    }

    private mutating func key(_ byte: UInt8) -> ScanStep {
        guard text.count <= Self.maximumNameLength else { return .failed }
        guard strings.consume(byte, normalizes: true, into: &text) else { return .more }
        let key = String(decoding: text.dropLast(), as: UTF8.self)
        role = .other
        if name == nil, syntax.nameKeys.contains(key) { role = .name }
        if !hasBegunArguments, syntax.argumentKeys.contains(key) { role = .arguments }
        state = .colon
        return .more
    }

    private mutating func startValue(_ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        switch role {
        case .name:
            guard byte == UInt8(ascii: "\"") else { return .failed }
            text = [byte]
            strings = JSONStringScanner()
            state = .name
            return .more
        case .arguments:
            guard byte == UInt8(ascii: "{") else { return .failed }
            state = .arguments
        case .other:
            other = JSONScanner(normalizes: false)
            state = .other
        }
        return consume(byte, into: &output)
    }

    private mutating func nameCharacter(_ byte: UInt8) -> ScanStep {
        guard text.count <= Self.maximumNameLength else { return .failed }
        guard strings.consume(byte, normalizes: true, into: &text) else { return .more }
        guard let name = (try? JSONParser.parse(text))?.string, !name.isEmpty else { return .failed }
        self.name = name
        state = .afterValue
        return .more
    }

    /// What the end of a member's value means for the object.
    private mutating func end(_ step: ScanStep, _ byte: UInt8, _ output: inout [UInt8]) -> ScanStep {
        switch step {
        case .more, .failed: return step
        case .done, .doneBefore:
            if state == .arguments { hasArguments = true }
            state = .afterValue
            return step == .done ? .more : consume(byte, into: &output)
        }
    }
}
