extension Tokenizer {
    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - text: any text; texts that only look alike are different texts.
    ///   - addSpecialTokens: whether what the model expects around a text is added.
    ///   - literalRanges: stretches of the text, in UTF-8 offsets, inside which no special token is recognized: its text
    ///     is ordinary text there; characters that lie in a range in part are outside. Added tokens that are not special are recognized everywhere. The whole text as one range
    ///     is what the reference calls `encode_special_tokens`.
    ///   - lengthSettings: whether the file's truncation and padding are obeyed.
    /// - Returns: the tokens in order.
    /// - Complexity: O(n log n) for n bytes.
    public func encode(
        _ text: String,
        addSpecialTokens: Bool = true,
        literalRanges: [Range<Int>] = [],
        lengthSettings: LengthSettings = .ignored
    ) -> [TokenID] {
        let bytes = Array(text.utf8)
        let ids = encode(bytes, LiteralRanges(literalRanges.map { Self.wholeCharacters(of: $0, in: bytes) }))
        if !addSpecialTokens, lengthSettings == .ignored { return ids }
        return assemble([ids], addSpecialTokens, lengthSettings).ids
    }

    private static func wholeCharacters(of range: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        var lower = range.clamped(to: bytes.indices).lowerBound
        var upper = range.clamped(to: bytes.indices).upperBound
        while lower < bytes.count, bytes[lower] & 0xC0 == 0x80 { lower += 1 }
        while upper > lower, upper < bytes.count, bytes[upper] & 0xC0 == 0x80 { upper -= 1 }
        return lower..<max(lower, upper)
    }

    /// The tokens of a text, checked: `encode` takes what is left of a text as one piece where a pattern of the file would
    /// take too many steps on it.
    ///
    /// - Throws: `TokenizerError.exhaustedPattern`.
    package func checkedEncode(
        _ text: String,
        addSpecialTokens: Bool = true,
        literalRanges: [Range<Int>] = [],
        lengthSettings: LengthSettings = .ignored
    ) throws(TokenizerError) -> [TokenID] {
        let report = PatternExhaustion.Report()
        let ids = PatternExhaustion.$report.withValue(report) {
            encode(
                text,
                addSpecialTokens: addSpecialTokens,
                literalRanges: literalRanges,
                lengthSettings: lengthSettings
            )
        }
        if let pattern = report.pattern { throw .exhaustedPattern(pattern: pattern) }
        return ids
    }

    /// The tokens of two texts that belong together, with the type of each.
    ///
    /// - Parameters:
    ///   - first: the first text.
    ///   - second: the second text.
    ///   - addSpecialTokens: whether what the model expects around the texts is added.
    ///   - lengthSettings: whether the file's truncation and padding are obeyed.
    /// - Returns: the tokens in order, and as many types.
    public func encode(
        _ first: String,
        pairedWith second: String,
        addSpecialTokens: Bool = true,
        lengthSettings: LengthSettings = .ignored
    ) -> (ids: [TokenID], typeIDs: [Int32]) {
        let texts = [first, second].map { encode(Array($0.utf8), .none) }
        let part = assemble(texts, addSpecialTokens, lengthSettings)
        return (part.ids, part.typeIDs)
    }

    /// The tokens of one text or of two, at most a number of them with what is put around the texts.
    ///
    /// Of two texts the longer one is shortened first, as the reference does.
    ///
    /// - Parameters:
    ///   - texts: one text or two that belong together.
    ///   - limit: the most tokens of the result.
    ///   - keepsEnd: whether texts lose their beginnings rather than their ends.
    ///   - addSpecialTokens: whether what the model expects around the texts is added.
    ///   - textLimits: the most tokens of each text, before all of them are counted; 0 for any number.
    /// - Returns: the tokens in order, as many types, and how many tokens there would be without the limit.
    package func encode(
        _ texts: [String],
        limit: Int,
        keepsEnd: Bool = false,
        addSpecialTokens: Bool = true,
        textLimits: [Int] = []
    ) -> (ids: [TokenID], typeIDs: [Int32], fullCount: Int) {
        var parts = texts.map { encode(Array($0.utf8), .none) }
        for (index, limit) in textLimits.enumerated() where limit > 0 {
            parts[index] = Array(parts[index].prefix(limit))
        }
        let addedCount = addSpecialTokens ? postProcessor.addedCount(isPair: parts.count == 2) : 0
        let fullCount = parts.reduce(addedCount) { $0 + $1.count }
        if fullCount > limit { Truncation(limit: limit, keepsEnd: keepsEnd).apply(to: &parts, addedCount: addedCount) }
        let part = postProcessor.process(parts, addsSpecialTokens: addSpecialTokens)
        return (part.ids, part.typeIDs, fullCount)
    }

    /// Shortens the texts, puts special tokens around them and fills up, as far as each is wanted.
    private func assemble(
        _ texts: [[TokenID]],
        _ addsSpecialTokens: Bool,
        _ lengthSettings: LengthSettings
    ) -> PostProcessor.Part {
        var texts = texts
        let isObeyed = lengthSettings == .obeyed
        if isObeyed, let truncation {
            let addedCount = addsSpecialTokens ? postProcessor.addedCount(isPair: texts.count == 2) : 0
            if truncation.isEffective(addedCount: addedCount) { truncation.apply(to: &texts, addedCount: addedCount) }
        }
        var part = postProcessor.process(texts, addsSpecialTokens: addsSpecialTokens)
        if isObeyed { padding?.apply(to: &part) }
        return part
    }

    private func encode(_ bytes: [UInt8], _ literal: LiteralRanges) -> [TokenID] {
        var ids: [TokenID] = []
        ids.reserveCapacity(bytes.count / 3)
        workspaces.withWorkspace { workspace in
            if added.rawFinder.isEmpty {
                encodeStretch(bytes, bytes.indices, literal, &workspace, into: &ids)
                return
            }
            for part in added.rawFinder.parts(of: bytes, literal: literal) {
                if let id = part.id {
                    ids.append(id)
                } else {
                    encodeStretch(bytes, part.range, literal, &workspace, into: &ids)
                }
            }
        }
        return ids
    }

    /// Normalizes a stretch between added tokens, looks for those of normalized text, and encodes what is left.
    private func encodeStretch(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ literal: LiteralRanges,
        _ workspace: inout BPE.Workspace,
        into ids: inout [TokenID]
    ) {
        let beginsText = range.lowerBound == 0
        if normalizer == nil, added.normalizedFinder.isEmpty {
            encodeText(bytes, range, isFirst: beginsText, &workspace, into: &ids)
            return
        }
        let stretch = range == bytes.indices ? bytes : Array(bytes[range])
        let normalized = normalizer?.normalize(stretch) ?? stretch
        let isFirst = beginsText && keepsBeginning(of: stretch)
        guard !added.normalizedFinder.isEmpty else {
            encodeText(normalized, normalized.indices, isFirst: isFirst, &workspace, into: &ids)
            return
        }
        let mapped = literal.isEmpty || !added.hasNormalizedSpecial ? .none : normalizedLiteral(bytes, range, literal)
        for part in added.normalizedFinder.parts(of: normalized, literal: mapped) {
            if let id = part.id {
                ids.append(id)
            } else {
                let isFirst = isFirst && part.range.lowerBound == 0
                encodeText(normalized, part.range, isFirst: isFirst, &workspace, into: &ids)
            }
        }
    }

    private func keepsBeginning(of stretch: [UInt8]) -> Bool {
        guard let normalizer, preTokenizer?.dependsOnBeginning == true else { return true }
        return normalizer.keepsBeginning(of: stretch)
    }

    /// The literal ranges of a stretch in offsets of its normalized text, where each range is normalized by itself.
    private func normalizedLiteral(_ bytes: [UInt8], _ range: Range<Int>, _ literal: LiteralRanges) -> LiteralRanges {
        // a text of one letter grows by exactly what is put before every text
        let letter = [UInt8(ascii: "x")]
        let prefixLength = max((normalizer?.normalize(letter) ?? letter).count - 1, 0)
        return literal.mapped(into: range) { part in
            let piece = Array(bytes[part])
            let length = (normalizer?.normalize(piece) ?? piece).count
            return part.lowerBound == range.lowerBound ? length : max(length - prefixLength, 0)
        }
    }

    private func encodeText(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        isFirst: Bool,
        _ workspace: inout BPE.Workspace,
        into ids: inout [TokenID]
    ) {
        if let byteLevel {
            encodeBytes(bytes, range, isFirst: isFirst, byteLevel, &workspace, into: &ids)
            return
        }
        var text = PreTokenizedText(range == bytes.indices ? bytes : Array(bytes[range]), isFirst: isFirst)
        preTokenizer?.split(&text)
        model.encode(text, &workspace, into: &ids)
    }
}
