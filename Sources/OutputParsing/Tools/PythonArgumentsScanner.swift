/// Reads the keyword arguments of a Python call whose values are literals, and writes them on as a JSON object as they come.
struct PythonArgumentsScanner: Sendable {
    private enum State: Hashable {
        case first, next, name, equals, value, afterValue
    }

    private static let maximumNameLength = 512

    private var state = State.first
    private var name: [UInt8] = []
    private var literal = PythonLiteralScanner()

    /// Whether a first argument, or the end without any, has come.
    private(set) var hasBegun = false

    /// A scanner behind the opening parenthesis.
    init() {}

    /// Takes a byte, and appends what it adds to the arguments.
    mutating func consume(_ byte: UInt8, into output: inout [UInt8]) -> ScanStep {
        switch (state, byte) {
        case (.value, _):
            let step = literal.consume(byte, into: &output)
            if step == .more || step == .failed { return step }
            state = .afterValue
            return step == .done ? .more : consume(byte, into: &output)
        case (.name, _) where PythonLiteralScanner.isIdentifier(byte):
            guard name.count < Self.maximumNameLength else { return .failed }
            name.append(byte)
        case (_, _) where byte.isBlank: if state == .name { state = .equals }
        case (.first, UInt8(ascii: ")")), (.next, UInt8(ascii: ")")), (.afterValue, UInt8(ascii: ")")):
            output.append(contentsOf: (hasBegun ? "}" : "{}").utf8)
            hasBegun = true
            return .done
        case (.first, _), (.next, _):
            guard PythonLiteralScanner.isIdentifier(byte) else { return .failed }
            name = [byte]
            state = .name
        case (.name, UInt8(ascii: "=")), (.equals, UInt8(ascii: "=")):
            output.append(contentsOf: (hasBegun ? ", " : "{").utf8)
            output.append(contentsOf: ParameterType.quoted(name))
            output.append(contentsOf: ": ".utf8)
            hasBegun = true
            literal = PythonLiteralScanner()
            state = .value
        case (.afterValue, UInt8(ascii: ",")): state = .next
        default: return .failed
        }
        return .more
    }
}
