/// Splits text for byte-level BPE without writing the stand-ins of its bytes.
///
/// Every `pre_tokenizer` whose last step is `ByteLevel` can be followed on the bytes themselves. Where the whole of it is
/// one popular expression, pieces go to the model as they are found.
enum ByteSplitter: Sendable {
    /// One expression, which leaves nothing between its matches.
    case words(WordScanner)
    /// Everything but the last step.
    case steps([PreTokenizer])

    /// The splitter for a pre-tokenizer; `nil` where it ends otherwise.
    init?(_ preTokenizer: PreTokenizer?) {
        guard let preTokenizer, var steps = Self.steps(preTokenizer) else { return nil }
        steps = steps.flatMap { step in
            if case .sequence(let parts) = step { parts } else { [step] }
        }
        if steps.count == 1, case .split(let pattern, .isolated, _) = steps[0],
            case .words(let scanner)? = pattern.scanner, scanner.coversAll
        {
            self = .words(scanner)
        } else {
            self = .steps(steps)
        }
    }

    /// The steps before the stand-ins are written.
    private static func steps(_ preTokenizer: PreTokenizer) -> [PreTokenizer]? {
        switch preTokenizer {
        case .byteLevel(addsPrefixSpace: false, pattern: let pattern):
            return pattern.map { [.split($0, .isolated, inverted: false)] } ?? []
        case .sequence(let parts):
            guard let last = parts.last, let end = steps(last) else { return nil }
            // stand-ins of stand-ins
            let isPlain = parts.dropLast().allSatisfy { if case .byteLevel = $0 { false } else { true } }
            return isPlain ? Array(parts.dropLast()) + end : nil
        default: return nil
        }
    }
}

extension Tokenizer {
    /// Appends the tokens of a stretch of normalized text.
    func encodeBytes(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        isFirst: Bool,
        _ splitter: (splitter: ByteSplitter, model: BPE, symbols: ByteSymbols),
        _ workspace: inout BPE.Workspace,
        into ids: inout [TokenID]
    ) {
        switch splitter.splitter {
        case .words(let scanner):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = scanner.end(at: start, bytes, range.upperBound) ?? range.upperBound
                splitter.model.encode(bytes, start..<end, splitter.symbols, &workspace, into: &ids)
                start = end
            }
        case .steps(let steps):
            var text = PreTokenizedText(range == bytes.indices ? bytes : Array(bytes[range]), isFirst: isFirst)
            for step in steps { step.split(&text) }
            for piece in text.pieces {
                splitter.model.encode(text.bytes, piece.range, splitter.symbols, &workspace, into: &ids)
            }
        }
    }
}
