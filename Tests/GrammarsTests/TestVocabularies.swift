import MartletGrammars
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Vocabularies that the tests of this target share.
enum TestVocabularies {
    /// A token per byte, a special token without text, and one that ends a text.
    static let bytes = TokenVocabulary(
        tokens: (0..<256).map { [UInt8($0)] } + [[], []],
        endTokens: [end]
    )

    /// The token that ends a text in `bytes`.
    static let end = TokenID(257)

    /// Tokens of several bytes, also such as end within a character or reach over the parts of a JSON text.
    static let small: TokenVocabulary = {
        let texts = [
            "{\"", "\":", "\": \"", "\", \"", "\"}", "}}", "]", "[", "[[", "],", ", ", "true", "false", "null", "tr",
            "ue",
            "12", "3.", "00", "-1", "e+", "\\\"", "\\u00", "\\n", "  ", "\n  ", "name", "na", "me", "ab", "abc", "é",
            "日本",
            "😀", "a\"", "\"a", "\"ab\"", "1,", "1]", "1}", "\",", ",\"", "\":1", "x", "xx", "yes", "no", "yesno",
        ]
        let pieces: [[UInt8]] = [
            [0xE6, 0x97], [0xA5, 0x61], [0xF0, 0x9F], [0x98, 0x80, 0x22], [0xC3], [0xA9, 0xC3],
        ]
        let tokens = (0..<256).map { [UInt8($0)] } + texts.map { Array($0.utf8) } + pieces
        return TokenVocabulary(tokens: tokens + [[], []], endTokens: [TokenID(Int32(tokens.count + 1))])
    }()

    /// The vocabulary of Llama 3 with the token that ends its texts; `nil` where the reference outputs are absent.
    static let llama: TokenVocabulary? = {
        guard let file = try? Fixtures.folder("real-vocabs/llama-bpe/tokenizer.json.gz"),
            let tokenizer = try? Tokenizer(bytes: Fixtures.contents(of: file))
        else { return nil }
        return TokenVocabulary(tokenizer, endTokens: [TokenID(128_001), TokenID(128_009)])
    }()
}

extension CompiledGrammar {
    /// Whether the grammar has exactly this text, taken byte by byte.
    func accepts(_ text: String) -> Bool {
        var matcher = GrammarMatcher(self)
        for byte in text.utf8 {
            if !matcher.accept(bytes: [byte]) { return false }
        }
        return matcher.canEnd
    }
}

extension GrammarMatcher {
    /// Whether the matcher would not take the token.
    func refuses(_ token: TokenID) -> Bool {
        var copy = self
        return !copy.accept(token)
    }

    /// Takes a token that must be allowed.
    mutating func take(_ token: TokenID) throws {
        let isAccepted = accept(token)
        try #require(isAccepted, "\(token)")
    }

    /// Takes bytes that must be allowed.
    mutating func take(bytes: [UInt8]) throws {
        let isAccepted = accept(bytes: bytes)
        try #require(isAccepted, "\(String(decoding: bytes, as: UTF8.self))")
    }

    /// Takes back tokens that must be there.
    mutating func takeBack(_ count: Int) throws {
        let isTakenBack = rollback(count)
        try #require(isTakenBack)
    }

    /// Whether so many tokens cannot be taken back.
    func cannotTakeBack(_ count: Int) -> Bool {
        var copy = self
        return !copy.rollback(count)
    }
}

extension JSONValue {
    /// The text as Python's `json.dumps` writes it without options: a space after commas and colons, ASCII only.
    var pythonText: String {
        switch self {
        case .array(let elements): "[" + elements.map(\.pythonText).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.map { JSONValue.string($0.key).pythonText + ": " + $0.value.pythonText }.joined(
                    separator: ", "
                )
                + "}"
        case .string(let text):
            "\""
                + text.utf16.map { unit in
                    switch unit {
                    case 0x22: "\\\""
                    case 0x5C: "\\\\"
                    case 0x0A: "\\n"
                    case 0x0D: "\\r"
                    case 0x09: "\\t"
                    case 0x20..<0x7F: String(UnicodeScalar(UInt8(unit)))
                    default:
                        "\\u" + String(repeating: "0", count: 4 - String(unit, radix: 16).count)
                            + String(unit, radix: 16)
                    }
                }.joined() + "\""
        default: serialized
        }
    }
}
