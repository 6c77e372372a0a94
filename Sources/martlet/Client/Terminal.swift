import Foundation

/// Standard output, written as text arrives.
enum Terminal {
    /// Writes text without a line end, at once.
    static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    /// Writes a line.
    static func line(_ text: String) { write(text + "\n") }

    /// Writes a line to standard error.
    static func error(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Asks for a line; `nil` at the end of input.
    static func ask(_ prompt: String) -> String? {
        if isatty(STDIN_FILENO) == 1 { write(prompt) }
        return readLine(strippingNewline: true)
    }
}
