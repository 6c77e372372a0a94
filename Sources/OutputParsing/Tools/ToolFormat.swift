/// How one family of models writes tool calls: a description that parsing, streaming and forced calls are derived from.
package struct ToolFormat: Sendable {
    /// How a call's identifier comes about.
    enum CallIDs: Sendable, Hashable {
        /// `chatcmpl-tool-` and 16 hexadecimal digits.
        case random
        /// Nine letters and digits.
        case short
        /// `functions.<name>:<index>`, as the text has it or made alike.
        case functionIndex
        /// `call_<index>_` and 16 hexadecimal digits.
        case indexed
    }

    /// What becomes of text around calls.
    enum SurroundingText: Sendable, Hashable {
        /// Text before the first call stays as it is unless it is blank; text behind it is dropped.
        case leading
        /// All text stays, without white space at its end.
        case trimmed
    }

    /// The name of the format and its aliases, as in `--tool-call-parser`.
    package let names: [String]
    /// The ways in which calls are written; of those that begin alike, the first that fits what follows is meant.
    let sections: [ToolSection]
    /// Markers that close what sections leave open: they are dropped behind a call.
    var closers: [String] = []
    var callIDs = CallIDs.random
    var surroundingText = SurroundingText.leading
    /// Whether messages come in channels, which `ChannelParser` reads; there are no sections then.
    var usesChannels = false
    /// Says from the text of a chat template whether it asks for this format.
    var isWritten: @Sendable (_ template: String) -> Bool = { _ in false }

    /// The special tokens, should the vocabulary have them as such, whose text must be kept for parsing.
    package var markers: [String] {
        usesChannels ? ChannelParser.markers : ToolGrammar.markers(of: self)
    }
}

/// One way in which calls begin, follow each other and end.
struct ToolSection: Sendable {
    /// What shows that calls begin.
    enum Begin: Sendable, Hashable {
        /// A marker anywhere in the text; it is not part of the first call.
        case marker(String)
        /// The first text of the call itself, anywhere.
        case anywhere(String)
        /// The first text of the call itself, where no text stands before it.
        case atStart(String)

        /// The text to look for.
        var text: String {
            switch self {
            case .marker(let text), .anywhere(let text), .atStart(let text): text
            }
        }

        /// Whether the text is no part of the call.
        var isMarker: Bool { if case .marker = self { true } else { false } }
    }

    /// Where the text goes on behind a call.
    enum Continuation: Sendable, Hashable {
        /// With another call.
        case call
        /// With another call that the marker belongs to.
        case callWithMarker
        /// Outside the section.
        case outside
    }

    var begin: Begin
    /// What the first visible character behind the marker must be for this section to be meant.
    var startsWith: Character?
    /// What stands before the first call.
    var opening: [ToolCallStep] = []
    /// What a call consists of.
    var call: [ToolCallStep]
    /// Markers behind a call.
    ///
    /// Text before them is dropped. With none the section ends with the call.
    var after: [(marker: String, next: Continuation)] = []
    /// Whether several calls share the section's beginning and closing, or each has its own.
    var holdsManyCalls = false
    /// What is written behind the last step of a call.
    var callEnd = ""
    /// What is written between two calls.
    var separator = "\n"
    /// What is written behind the last call.
    var closing = ""
    /// The name of every call, where the text does not say it.
    var fixedName: String?
}

/// One part of a call, in order.
///
/// White space before a part is skipped.
enum ToolCallStep: Sendable {
    /// A text that must stand here; white space around it is for writing only.
    case literal(String)
    /// A text that may stand here; it is not written.
    case optional(String)
    /// An identifier behind a marker, up to another that is not consumed; all of it may be missing, and it is not written.
    case identifier(begin: String, end: String)
    /// Text that does not matter, up to a marker; `written` is what stands for it.
    case skipped(until: String, written: String)
    /// The tool's name.
    case name(ToolNameSyntax)
    /// A JSON object that holds name and arguments.
    case callObject(CallObjectSyntax)
    /// The arguments as a JSON object; in normal form if so wished.
    case arguments(normalizes: Bool)
    /// The arguments one by one, between markers.
    case parameters(ParameterSyntax)
    /// The arguments as in a Python call, from behind the opening parenthesis to the closing one.
    case pythonArguments
    /// The arguments as an object whose strings stand between marks, from behind the opening brace to the closing one.
    case markedArguments(stringMark: String)
}

/// How a tool's name is written where it stands by itself.
struct ToolNameSyntax: Sendable {
    /// What ends it.
    ///
    /// Markers that belong to the next part are not consumed.
    var ends: [(marker: String, isConsumed: Bool)]
    /// Whether it is written as `functions.<name>:<index>`, which also is the call's identifier.
    var isFunctionIndex = false
    /// Whether it is written in quotes.
    var isQuoted = false
}

/// The names of the members of an object that is a call.
struct CallObjectSyntax: Sendable, Hashable {
    var nameKeys = ["name"]
    /// The first is the one that is written.
    var argumentKeys = ["arguments", "parameters"]
    var normalizes = true
}

/// How arguments are written between markers.
struct ParameterSyntax: Sendable {
    /// What of a value's white space belongs to the markup.
    enum Trimming: Sendable, Hashable {
        /// One newline at either end.
        case newlines
        /// All of it.
        case whitespace
        /// Nothing.
        case none
    }

    /// Before a name.
    var begin: String
    /// Behind a name.
    var nameEnd: String
    /// Before a value, where it does not follow the name at once.
    var valueBegin: String?
    /// Behind a value.
    var valueEnd: String
    /// Behind the last value.
    var end: String
    /// Whether the end is part of the parameters, or of what follows.
    var consumesEnd = true
    var trimming = Trimming.newlines
    /// Whether the name is in quotes, maybe with `string="true|false"` behind it.
    var isAttribute = false
    /// How a parameter is written: what stands before its value (with `NAME` for its name, and `TYPE` for whether it is a
    /// string), what behind it, and what behind the last.
    var layout: (before: String, after: String, end: String)
}
