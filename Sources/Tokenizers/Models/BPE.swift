import MartletJSON

/// Byte-pair encoding: a piece's characters, joined pair by pair in the order of the merge rules.
struct BPE: Sendable {
    /// Memory that encoding reuses from piece to piece and from text to text.
    struct Workspace {
        /// The tokens of the piece.
        var symbols: [Int32] = []
        /// Per symbol, the rank of the pair of it and the next one; that of the last one means nothing.
        var ranks: [UInt32] = []
        var links: [SymbolLinks] = []
        var queue = MergeQueue()
        var scratch: [UInt8] = []
        var cache = WordCache()

        /// Whether a long piece has left more memory behind than is worth keeping.
        var isLarge: Bool { symbols.capacity > 1 << 14 || queue.heap.capacity > 1 << 14 || scratch.capacity > 1 << 16 }
    }

    let vocabulary: Vocabulary
    let merges: MergeTable
    let ignoresMerges: Bool
    private let fallsBackToBytes: Bool
    private let fusesUnknown: Bool
    private let unknown: Int32?
    private let hasUnknown: Bool
    private let prefix: [UInt8]
    private let suffix: [UInt8]
    /// Per byte, the token `<0xNN>`, or -1.
    private let byteTokens: [Int32]
    /// Per byte, whether a piece may be cut before a visible space that follows it.
    let boundaries: [Bool]?
    /// Per code point of the basic plane, or below 1024 where there are no others, its token, or -1.
    private let shortTokens: [Int32]
    /// What takes pieces as the bytes that the tokens stand for; `nil` where tokens are no bytes' stand-ins.
    private(set) var byteSymbols: ByteSymbols?

    init(_ reader: ComponentReader, vocabulary: Vocabulary, file: TokenizerFile) throws(TokenizerError) {
        self.vocabulary = vocabulary
        if let dropout = reader.value["dropout"]?.double, dropout != 0 {
            throw .unsupportedSetting(path: "model.dropout", value: "\(dropout)")
        }
        ignoresMerges = try reader.bool("ignore_merges", default: false)
        fallsBackToBytes = try reader.bool("byte_fallback", default: false)
        fusesUnknown = try reader.bool("fuse_unk", default: false)
        prefix = Array((try reader.optionalString("continuing_subword_prefix") ?? "").utf8)
        suffix = Array((try reader.optionalString("end_of_word_suffix") ?? "").utf8)
        let unknownToken = try reader.optionalString("unk_token")
        hasUnknown = unknownToken != nil
        unknown = unknownToken.flatMap { vocabulary.id($0) }
        if let unknownToken, unknown == nil {
            throw .invalidField(path: "model.unk_token", expected: "in the vocabulary, unlike \"\(unknownToken)\"")
        }
        byteTokens = (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return vocabulary.id("<0x" + (digits.utf8.count == 1 ? "0" : "") + digits + ">") ?? -1
        }
        shortTokens = vocabulary.singleScalars()
        let standIns = byteTokens.filter { $0 >= 0 } + (unknown.map { [$0] } ?? [])
        boundaries =
            prefix.isEmpty && suffix.isEmpty
            ? Self.boundaries(vocabulary, standIns: standIns.compactMap { vocabulary.token($0).map { Array($0) } })
            : nil
        merges = try file.merges(vocabulary: vocabulary, prefixLength: prefix.count)
        byteSymbols = prefix.isEmpty && suffix.isEmpty ? ByteSymbols(vocabulary, merges) : nil
    }

    /// Appends the tokens of one piece.
    func encode(_ bytes: [UInt8], _ range: Range<Int>, _ workspace: inout Workspace, into ids: inout [TokenID]) {
        if ignoresMerges, let id = vocabulary.id(bytes[range].span) {
            ids.append(TokenID(id))
            return
        }
        forEachPart(bytes, range) { part in
            encodeCached(bytes, part, &workspace, into: &ids) { workspace in
                appendSymbols(bytes, part, &workspace)
                for index in 1..<max(workspace.symbols.count, 1) {
                    workspace.ranks.append(merges.rank(workspace.symbols[index - 1], workspace.symbols[index]))
                }
                workspace.ranks.append(MergeTable.none)
            }
        }
    }

    /// Appends the tokens of a part: what is known of it, else what its symbols become.
    @inline(__always)
    func encodeCached(
        _ bytes: [UInt8],
        _ part: Range<Int>,
        _ workspace: inout Workspace,
        into ids: inout [TokenID],
        appendSymbols: (inout Workspace) -> Void
    ) {
        let isKept = part.count <= WordCache.longestPiece
        let key = isKept ? WordCache.key(bytes, part) : nil
        if let key, workspace.cache.append(key, to: &ids) { return }
        workspace.symbols.removeAll(keepingCapacity: true)
        workspace.ranks.removeAll(keepingCapacity: true)
        appendSymbols(&workspace)
        mergeAll(&workspace)
        let start = ids.count
        for id in workspace.symbols { ids.append(TokenID(id)) }
        if let key { workspace.cache.insert(key, ids[start...]) }
    }

    /// The tokens of the single characters: from the vocabulary, else their bytes' tokens, else the unknown token.
    private func appendSymbols(_ bytes: [UInt8], _ range: Range<Int>, _ workspace: inout Workspace) {
        var pendingUnknown = false
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = decodeScalar(bytes, position)
            let end = position + length
            let isFirst = position == range.lowerBound
            let isLast = end == range.upperBound
            if let id = symbol(scalar, bytes[position..<end], isFirst, isLast, &workspace.scratch) {
                if pendingUnknown, let unknown { workspace.symbols.append(unknown) }
                pendingUnknown = false
                workspace.symbols.append(id)
            } else if !fallsBackToBytes || !appendBytes(&workspace) {
                if pendingUnknown, !fusesUnknown, let unknown { workspace.symbols.append(unknown) }
                pendingUnknown = hasUnknown
            }
            position = end
        }
        if pendingUnknown, let unknown { workspace.symbols.append(unknown) }
    }

    /// The token of one character with the affixes its place calls for; `scratch` is left with the text looked up.
    @inline(__always)
    private func symbol(
        _ scalar: UInt32,
        _ character: ArraySlice<UInt8>,
        _ isFirst: Bool,
        _ isLast: Bool,
        _ scratch: inout [UInt8]
    ) -> Int32? {
        let isPlain = (isFirst || prefix.isEmpty) && (!isLast || suffix.isEmpty)
        if isPlain, scalar < shortTokens.count {
            let id = shortTokens[Int(scalar)]
            if id >= 0 { return id }
        }
        scratch.removeAll(keepingCapacity: true)
        if !isFirst { scratch += prefix }
        scratch += character
        if isLast { scratch += suffix }
        return vocabulary.id(scratch)
    }

    /// Appends the tokens of the bytes in `scratch`; false when one of them has none.
    private func appendBytes(_ workspace: inout Workspace) -> Bool {
        for byte in workspace.scratch where byteTokens[Int(byte)] < 0 { return false }
        for byte in workspace.scratch { workspace.symbols.append(byteTokens[Int(byte)]) }
        return true
    }
}
