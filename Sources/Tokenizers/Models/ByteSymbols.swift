/// Byte-level BPE on the bytes themselves: what each byte's stand-in is, and the ranks of any two bytes.
struct ByteSymbols: Sendable {
    /// Per byte, the token of its stand-in.
    let tokens: [Int32]
    /// Per two bytes, the rank of their merge.
    private let ranks: [UInt32]

    /// The tables, when every byte has its token.
    init?(_ vocabulary: Vocabulary, _ merges: MergeTable) {
        var tokens: [Int32] = []
        for byte in UInt8.min...UInt8.max {
            guard let id = vocabulary.id(ByteLevelAlphabet.shared.encode([byte], 0..<1)) else { return nil }
            tokens.append(id)
        }
        self.tokens = tokens
        var ranks = [UInt32](repeating: MergeTable.none, count: 1 << 16)
        for left in 0..<256 {
            for right in 0..<256 { ranks[left << 8 | right] = merges.rank(tokens[left], tokens[right]) }
        }
        self.ranks = ranks
    }

    /// The rank of two bytes' stand-ins.
    @inline(__always)
    func rank(_ left: UInt8, _ right: UInt8) -> UInt32 { ranks[Int(left) << 8 | Int(right)] }
}

extension BPE {
    /// Pieces of more bytes are not looked up as one token; stand-ins have at most two bytes.
    private static let longestToken = 1 << 12

    /// Appends the tokens of one piece of which the bytes, not their stand-ins, are given.
    @inline(__always)
    func encode(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ byteSymbols: ByteSymbols,
        _ workspace: inout Workspace,
        into ids: inout [TokenID]
    ) {
        encodeCached(bytes, range, &workspace, into: &ids) { workspace in
            if ignoresMerges, range.count <= Self.longestToken {
                workspace.scratch.removeAll(keepingCapacity: true)
                ByteLevelAlphabet.shared.encode(bytes, range, into: &workspace.scratch)
                if let id = vocabulary.id(workspace.scratch) {
                    workspace.symbols.append(id)
                    return
                }
            }
            var left = bytes[range.lowerBound]
            for index in (range.lowerBound + 1)..<range.upperBound {
                workspace.symbols.append(byteSymbols.tokens[Int(left)])
                let right = bytes[index]
                workspace.ranks.append(byteSymbols.rank(left, right))
                left = right
            }
            workspace.symbols.append(byteSymbols.tokens[Int(left)])
            workspace.ranks.append(MergeTable.none)
        }
    }
}
