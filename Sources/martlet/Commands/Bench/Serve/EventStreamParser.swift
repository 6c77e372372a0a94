/// Takes the data of server-sent events out of a stream of bytes in any pieces.
struct EventStreamParser {
    /// The longest line that is kept, in bytes.
    private static let maximumLineByteCount = 16 << 20

    private var line: [UInt8] = []
    private var isTooLong = false

    /// Takes bytes and hands over the data of every `data:` line that they complete.
    mutating func feed(_ bytes: some Sequence<UInt8>, handle: ([UInt8]) throws -> Void) rethrows {
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if line.count < Self.maximumLineByteCount { line.append(byte) } else { isTooLong = true }
                continue
            }
            if !isTooLong, let data = Self.data(of: line) { try handle(data) }
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
    }

    private static func data(of line: [UInt8]) -> [UInt8]? {
        let field = Array("data:".utf8)
        guard line.starts(with: field) else { return nil }
        var data = line[field.count...]
        if data.first == UInt8(ascii: " ") { data = data.dropFirst() }
        if data.last == UInt8(ascii: "\r") { data = data.dropLast() }
        return Array(data)
    }
}
