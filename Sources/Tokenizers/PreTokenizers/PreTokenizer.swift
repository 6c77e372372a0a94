import MartletJSON

/// How text is cut into pieces: one case per kind of `pre_tokenizer` in `tokenizer.json`.
///
/// A further kind is one more case here, its arm in `init` and its arm in `split`.
indirect enum PreTokenizer: Sendable {
    case byteLevel(addsPrefixSpace: Bool, pattern: Pattern?)
    case split(Pattern, SplitBehavior, inverted: Bool)
    case digits(individual: Bool)
    case punctuation(SplitBehavior)
    case metaspace(Metaspace)
    case whitespaceSplit
    case whitespace(Pattern)
    case bert
    case unicodeScripts
    case fixedLength(Int)
    case sequence([PreTokenizer])

    /// The pattern of a `ByteLevel` that uses its own, GPT-2's.
    private static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// `\w+|[^\w\s]+` as the reference's second engine of regular expressions has it.
    private static let words: Pattern = {
        let table = ScalarClasses.shared
        let once = PatternRepetition(minimum: 1, maximum: nil, mode: .greedy)
        let word = ScalarSet(classes: table.word)
        let other = ScalarSet(classes: table.all & ~table.word & ~table.whitespace)
        return Pattern(anyOf: [.repetition(.set(word), once), .repetition(.set(other), once)])
    }()

    /// The splitter that the component describes.
    init(_ reader: ComponentReader) throws(TokenizerError) {
        let type = try reader.type()
        switch type {
        case "ByteLevel":
            let usesPattern = try reader.bool("use_regex", default: true)
            self = .byteLevel(
                addsPrefixSpace: try reader.bool("add_prefix_space", default: true),
                pattern: usesPattern ? try Pattern(regex: Self.gpt2) : nil
            )
        case "Split":
            self = .split(
                try reader.pattern(),
                try SplitBehavior(reader),
                inverted: try reader.bool("invert", default: false)
            )
        case "Digits": self = .digits(individual: try reader.bool("individual_digits", default: false))
        case "Punctuation": self = .punctuation(try SplitBehavior(reader, default: .isolated))
        case "Metaspace": self = .metaspace(try Metaspace(reader))
        case "WhitespaceSplit": self = .whitespaceSplit
        case "Whitespace": self = .whitespace(Self.words)
        case "BertPreTokenizer": self = .bert
        case "UnicodeScripts": self = .unicodeScripts
        case "FixedLength":
            let length = try reader.count("length", default: 5)
            guard length > 0 else { throw .invalidField(path: "\(reader.path).length", expected: "1 or more") }
            self = .fixedLength(length)
        case "CharDelimiterSplit":
            let delimiter = try reader.character("delimiter", default: " ")
            self = .split(Pattern(literal: String(delimiter)), .removed, inverted: false)
        case "Sequence":
            var parts: [PreTokenizer] = []
            for part in try reader.components("pretokenizers") { parts.append(try PreTokenizer(part)) }
            self = .sequence(parts)
        default: throw reader.unsupported("pre-tokenizer", type)
        }
    }

    /// Cuts the pieces further.
    func split(_ text: inout PreTokenizedText) {
        let table = ScalarClasses.shared
        switch self {
        case .byteLevel(let addsPrefixSpace, let pattern): splitBytes(&text, addsPrefixSpace, pattern)
        case .split(let pattern, let behavior, let isInverted):
            text.split(by: pattern, behavior, inverted: isInverted)
        case .digits(let individual):
            text.split(byClasses: table.numeric, individual ? .isolated : .contiguous)
        case .punctuation(let behavior): text.split(byClasses: table.punctuation, behavior)
        case .metaspace(let metaspace): metaspace.split(&text)
        case .whitespaceSplit: text.split(byClasses: table.whitespace, .removed)
        case .whitespace(let pattern): text.split(by: pattern, .removed, inverted: true)
        case .bert:
            text.split(byClasses: table.whitespace, .removed)
            text.split(byClasses: table.punctuation, .isolated)
        case .unicodeScripts: text.split(.isolated, UnicodeScripts.forEachPiece)
        case .fixedLength(let length): text.split(.isolated) { Self.forEachPiece(of: length, $0, $1, $2) }
        case .sequence(let parts): for part in parts { part.split(&text) }
        }
    }

    /// Whether it matters what the first piece of a text is.
    var dependsOnBeginning: Bool {
        switch self {
        case .metaspace(let metaspace): metaspace.prependScheme == .first
        case .sequence(let parts): parts.contains(where: \.dependsOnBeginning)
        default: false
        }
    }

    private static func forEachPiece(
        of length: Int,
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ body: (Range<Int>, Bool) -> Void
    ) {
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            var count = 0
            while count < length, end < range.upperBound {
                end += decodeScalar(bytes, end).length
                count += 1
            }
            body(start..<end, true)
            start = end
        }
    }

    private func splitBytes(_ text: inout PreTokenizedText, _ addsPrefixSpace: Bool, _ pattern: Pattern?) {
        let space = UInt8(ascii: " ")
        if addsPrefixSpace {
            text.rewrite { bytes, piece, result in
                if bytes[piece.start] != space { result.append(space) }
                result += bytes[piece.range]
            }
        }
        if let pattern { text.split(by: pattern, .isolated) }
        text.rewrite { bytes, piece, result in
            ByteLevelAlphabet.shared.encode(bytes, piece.range, into: &result)
        }
    }
}

/// SentencePiece's way: spaces become a visible character, one of which may be put before the text.
struct Metaspace: Sendable {
    /// Where the visible character is put before a piece that does not begin with it.
    enum PrependScheme: String, Sendable {
        case always
        case first
        case never
    }

    /// The visible character as UTF-8.
    let replacement: [UInt8]
    let prependScheme: PrependScheme
    private let splits: Bool
    private let pattern: Pattern

    init(_ reader: ComponentReader) throws(TokenizerError) {
        let character = try reader.character("replacement", default: "\u{2581}")
        replacement = Array(String(character).utf8)
        pattern = Pattern(literal: String(character))
        splits = try reader.bool("split", default: true)
        var scheme = PrependScheme.always
        if let name = try reader.optionalString("prepend_scheme") {
            guard let known = PrependScheme(rawValue: name) else {
                throw .unsupportedSetting(path: "\(reader.path).prepend_scheme", value: name)
            }
            scheme = known
        }
        if try !reader.bool("add_prefix_space", default: true) {
            guard reader.value["prepend_scheme"] == nil || scheme == .never else {
                throw .unsupportedSetting(path: "\(reader.path).add_prefix_space", value: "false")
            }
            scheme = .never
        }
        prependScheme = scheme
    }

    /// Rewrites the spaces and cuts before each.
    func split(_ text: inout PreTokenizedText) {
        text.rewrite { bytes, piece, result in
            let startsVisible = bytes[piece.start] == 0x20 || bytes[piece.range].starts(with: replacement)
            let prepends = prependScheme == .always || (prependScheme == .first && piece.isFirst)
            if prepends, !startsVisible { result += replacement }
            for index in piece.range {
                if bytes[index] == 0x20 { result += replacement } else { result.append(bytes[index]) }
            }
        }
        if splits { text.split(by: pattern, .mergedWithNext) }
    }
}
