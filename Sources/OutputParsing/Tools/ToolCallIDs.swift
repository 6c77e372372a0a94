/// Makes identifiers of tool calls.
package struct ToolCallIDGenerator: Sendable {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)

    private let random: @Sendable () -> UInt64

    /// A generator.
    ///
    /// - Parameter random: 64 random bits per call of it.
    package init(random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }) {
        self.random = random
    }

    /// The identifier of a call.
    ///
    /// - Parameters:
    ///   - style: how the format has it.
    ///   - index: the call's place among the calls of the message.
    ///   - name: the tool's name.
    ///   - written: the identifier that the text gives, if it gives one.
    /// - Returns: the identifier.
    func id(_ style: ToolFormat.CallIDs, index: Int, name: String, written: String?) -> String {
        switch style {
        case .random: return "chatcmpl-tool-" + hexadecimal(random())
        case .indexed: return "call_\(index)_" + hexadecimal(random())
        case .functionIndex: return written ?? "functions.\(name):\(index)"
        case .short:
            var bits = random()
            let count = UInt64(Self.alphabet.count)
            let letters = (0..<9).map { _ in
                defer { bits /= count }
                return Self.alphabet[Int(bits % count)]
            }
            return String(decoding: letters, as: UTF8.self)
        }
    }

    private func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
