import MartletJSON

/// Byte-pair encoding: a piece's characters, joined pair by pair in the order of the merge rules.
struct BPE: Sendable {
    /// Memory that encoding one text reuses from piece to piece.
    struct Workspace {
        var symbols: [Int32] = []
        var ranks: [UInt32] = []
        var merged: [Int32] = []
        var scratch: [UInt8] = []
    }

    let vocabulary: Vocabulary
    let merges: MergeTable
    private let ignoresMerges: Bool
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
    /// Per code point below 1024, its token, or -1.
    private let shortTokens: [Int32]

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
        var shortTokens = [Int32](repeating: -1, count: 1024)
        for scalar in UInt32(0)..<1024 {
            var bytes: [UInt8] = []
            appendScalar(scalar, to: &bytes)
            shortTokens[Int(scalar)] = vocabulary.id(bytes) ?? -1
        }
        self.shortTokens = shortTokens
        let standIns = byteTokens.filter { $0 >= 0 } + (unknown.map { [$0] } ?? [])
        boundaries =
            prefix.isEmpty && suffix.isEmpty
            ? Self.boundaries(vocabulary, standIns: standIns.compactMap { vocabulary.token($0).map { Array($0) } })
            : nil
        merges = try file.merges(vocabulary: vocabulary, prefixLength: prefix.count)
    }

    /// Appends the tokens of one piece.
    func encode(_ bytes: [UInt8], _ range: Range<Int>, _ workspace: inout Workspace, into ids: inout [TokenID]) {
        if ignoresMerges, let id = vocabulary.id(bytes[range].span) {
            ids.append(TokenID(id))
            return
        }
        forEachPart(bytes, range) { part in
            workspace.symbols.removeAll(keepingCapacity: true)
            appendSymbols(bytes, part, &workspace)
            mergeAll(&workspace)
            for id in workspace.symbols { ids.append(TokenID(id)) }
        }
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
        if isPlain, scalar < 1024 {
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
