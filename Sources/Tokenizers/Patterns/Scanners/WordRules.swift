/// Where the regular expressions of the GPT family differ.
struct WordRules: Sendable {
    /// Which `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d` are pieces, or the ends of words.
    enum Contractions: Sendable {
        case none
        case lowercase
        case asciiAnyCase
        case anyCase
    }

    /// What may stand before a word as part of it.
    enum WordPrefix: Sendable {
        case none
        case space
        case other
    }

    /// What belongs to symbols when it follows them.
    enum SymbolTail: Sendable {
        case none
        case lineEnds
        case lineEndsAndSlashes
    }

    var contractions = Contractions.none
    /// Whether an ASCII punctuation character takes the ASCII letters after it.
    var hasASCIIWords = false
    /// Whether words end where lower case becomes upper case; contractions then are the ends of words.
    var isCased = false
    /// The kinds of a word's characters.
    var letters = ScalarKinds.letter
    var wordPrefix = WordPrefix.other
    /// The kinds that are no prefix of a word.
    var notPrefix = ScalarKinds.letter | ScalarKinds.number | ScalarKinds.lineEnd
    /// The kinds of numbers; none where numbers are no pieces.
    var numbers = ScalarKinds.number
    /// The most digits of a piece.
    var numberLimit = 3
    var numbersTakeSpace = false
    /// The kinds of symbols; `nil` for everything but `notSymbols`.
    var symbols: UInt16?
    var notSymbols = ScalarKinds.letter | ScalarKinds.number | ScalarKinds.space
    var symbolsTakeSpace = true
    var symbolTail = SymbolTail.lineEnds
    var matchesSpaces = true
    /// Whether white space is cut after its last line end.
    var cutsAtLineEnds = true
    /// Whether white space at the end of the text is one piece, line ends or not.
    var takesFinalSpaces = false

    /// Whether there is a match at every position.
    var coversAll: Bool { matchesSpaces && symbols == nil }
}

extension WordRules {
    private static var gpt2: WordRules {
        var rules = WordRules(contractions: .lowercase, wordPrefix: .space, numberLimit: .max, numbersTakeSpace: true)
        rules.symbolTail = .none
        rules.cutsAtLineEnds = false
        return rules
    }

    private static var clip: WordRules {
        var rules = WordRules(contractions: .lowercase, wordPrefix: .none, numberLimit: 1)
        rules.symbolsTakeSpace = false
        rules.symbolTail = .none
        rules.matchesSpaces = false
        return rules
    }

    private static var cl100k: WordRules { WordRules(contractions: .anyCase) }

    private static var o200k: WordRules {
        var rules = WordRules(contractions: .anyCase, isCased: true)
        rules.symbolTail = .lineEndsAndSlashes
        return rules
    }

    private static var qwen35: WordRules {
        var rules = WordRules(contractions: .anyCase, letters: ScalarKinds.letter | ScalarKinds.mark, numberLimit: 1)
        rules.notSymbols |= ScalarKinds.mark
        return rules
    }

    private static var deepSeek: WordRules {
        var rules = WordRules(hasASCIIWords: true, letters: ScalarKinds.letter | ScalarKinds.mark)
        let symbols = ScalarKinds.punctuation | ScalarKinds.symbol
        rules.notPrefix = ScalarKinds.letter | ScalarKinds.lineEnd | symbols
        rules.numbers = 0
        rules.symbols = symbols
        return rules
    }

    private func with(_ change: (inout WordRules) -> Void) -> WordRules {
        var rules = self
        change(&rules)
        return rules
    }

    /// The rules that are the regular expression.
    static let byPattern: [String: WordRules] = {
        let short = #"'s|'t|'re|'ve|'m|'ll|'d"#
        let cased = #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"#
        let spaces = #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
        let word = #"|[^\r\n\p{L}\p{N}]?\p{L}+|"#
        let symbols = #"| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
        let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
        func casedWords(_ suffix: String) -> String {
            let prefix = #"[^\r\n\p{L}\p{N}]?"#
            return "\(prefix)\(upper)*\(lower)+\(suffix)|\(prefix)\(upper)+\(lower)*\(suffix)"
        }
        let slashes = #"| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + spaces
        let gpt2Tail = #"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
        let possessive = #"| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"#
        let cl100kTail =
            #"|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"#
        // `{1,3}+` repeats, it does not keep what it has
        let final = cl100k.with {
            $0.takesFinalSpaces = true
            $0.numberLimit = .max
        }
        let tekken = o200k.with {
            $0.contractions = .none
            $0.numberLimit = 1
        }
        return [
            short + gpt2Tail: gpt2,
            "'(?:[sdmt]|ll|ve|re)" + possessive: gpt2.with { $0.takesFinalSpaces = true },
            short + #"|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#: clip,
            "(?i:\(short))\(word)\\p{N}{1,3}\(symbols)\(spaces)": cl100k,
            "(?i:\(short))\(word)\\p{N}\(symbols)\(spaces)": cl100k.with { $0.numberLimit = 1 },
            "\(cased)\(word)\\p{N}{1,3}\(symbols)\(spaces)": cl100k.with { $0.contractions = .asciiAnyCase },
            "\(cased)\(word)\\p{N}\(symbols)\(spaces)": cl100k.with {
                $0.contractions = .asciiAnyCase
                $0.numberLimit = 1
            },
            "'(?i:[sdmt]|ll|ve|re)" + cl100kTail: final,
            "(?i:\(short))|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*\(spaces)":
                qwen35,
            casedWords("(?i:\(short))?") + #"|\p{N}{1,3}"# + slashes: o200k,
            casedWords(cased + "?") + #"|\p{N}{1,3}"# + slashes: o200k.with { $0.contractions = .asciiAnyCase },
            casedWords("") + #"|\p{N}"# + slashes: tekken,
            ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"##
                + #"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"#
                + spaces: deepSeek,
        ]
    }()
}
