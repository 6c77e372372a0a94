/// Why a chat template could not be compiled or rendered, and where in its source.
package struct TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The stage that failed.
    package enum Phase: String, Sendable, Hashable {
        /// The source could not be split into tokens.
        case lexer
        /// The tokens do not form a template.
        case parser
        /// An operation failed while rendering, as it does in Jinja2.
        case runtime
        /// The template called `raise_exception`; the message is the template's own.
        case raised
        /// A bound on steps, depth, or size was reached.
        case limit
    }

    /// The stage that failed.
    package let phase: Phase
    /// What was wrong, worded as Jinja2 words it; for `raised` exactly the template's text.
    package let message: String
    /// The line in the source, from 1; 0 when no place in the source is to blame.
    package let line: Int
    /// The column in Unicode scalars, from 1; 0 when no place in the source is to blame.
    package let column: Int

    init(_ phase: Phase, _ message: String, line: Int = 0, column: Int = 0) {
        self.phase = phase
        self.message = message
        self.line = line
        self.column = column
    }

    /// The message with its position.
    package var description: String {
        line > 0 ? "chat template, line \(line), column \(column): \(message)" : "chat template: \(message)"
    }

    static func runtime(_ message: String) -> TemplateError { TemplateError(.runtime, message) }

    static func limit(_ message: String) -> TemplateError { TemplateError(.limit, message) }

    /// The same error at a place in the source, unless it already has one.
    func located(at offset: Int, in source: [UInt8]) -> TemplateError {
        guard line == 0 else { return self }
        let (line, column) = SourcePosition.lineAndColumn(of: offset, in: source)
        return TemplateError(phase, message, line: line, column: column)
    }
}

/// Turns byte offsets into lines and columns.
enum SourcePosition {
    static func lineAndColumn(of offset: Int, in source: [UInt8]) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in source[..<min(offset, source.count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}
