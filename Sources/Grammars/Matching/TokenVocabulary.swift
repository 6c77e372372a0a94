package import MartletTokenizers

/// A vocabulary as masks need it: the bytes of every token as a tree, with what only strings of plain characters need.
///
/// Built once per model and shared by all grammars.
package struct TokenVocabulary: Sendable {
    /// How many numbers a mask covers.
    package let count: Int
    /// The tokens that end a text.
    package let endTokens: [TokenID]

    /// The bytes of all tokens, one after the other.
    private let bytes: [UInt8]
    /// Per token where its bytes begin, one more at the end; a token without text has none.
    private let offsets: [Int32]

    // the tree, in depth-first order; without a root
    /// Per node, its byte.
    let nodeByte: [UInt8]
    /// Per node, how many bytes lead to it.
    let nodeDepth: [UInt16]
    /// Per node, the index after its last descendant.
    let nodeEnd: [Int32]
    /// Per node, where its tokens begin in `nodeTokens`; one more at the end.
    let nodeTokenStart: [Int32]
    /// The tokens of the nodes.
    let nodeTokens: [Int32]
    /// Per node, the most characters of a token at or below it if all of those are plain, else `notPlain`.
    let nodePlainLength: [UInt16]
    /// The greatest depth.
    let maximumDepth: Int
    /// Masks of the tokens that are plain characters, at most as many as `plainBuckets` says.
    let plainMasks: [[UInt64]]

    /// The tokens that hold the end of a member and the whole name of the next one.
    let memberTokens: [Int]

    /// Masks of lexemes that several grammars have.
    let sharedMasks = SharedLexemeMasks()

    /// Marks a node that has a token with other than plain characters.
    static let notPlain = UInt16.max
    /// The longest lengths of plain tokens that have a mask of their own.
    static let plainBuckets = Array(1...16) + [24, 32, 64, 128, 65_534]
    /// Characters that stand in a JSON string as they are.
    static let plainScalars = ScalarRanges([0x20...0x21, 0x23...0x5B, 0x5D...0xD7FF, 0xE000...0x10FFFF])

    /// The vocabulary of a tokenizer.
    ///
    /// - Parameters:
    ///   - tokenizer: the tokenizer; its special tokens are never allowed, except those that end a text and `markers`.
    ///   - endTokens: the tokens that end a text.
    ///   - size: how many numbers the model has; larger than the tokenizer's where the model's rows are padded.
    ///   - markers: special tokens that stand for their text.
    package init(_ tokenizer: Tokenizer, endTokens: [TokenID], size: Int? = nil, markers: Set<TokenID> = []) {
        let bound = tokenizer.tokenIDUpperBound
        var texts = (0..<bound).map { index -> [UInt8] in
            let id = TokenID(Int32(index))
            return tokenizer.isSpecial(id) && !markers.contains(id) ? [] : tokenizer.bytes(of: id)
        }
        if let size {
            if size < bound { texts.removeLast(bound - size) }
            while texts.count < size { texts.append([]) }
        }
        self.init(tokens: texts, endTokens: endTokens)
    }

    /// The vocabulary of tokens by number; one without bytes is never allowed.
    package init(tokens: [[UInt8]], endTokens: [TokenID]) {
        let ends = Set(endTokens.map(\.index))
        count = tokens.count
        self.endTokens = endTokens.filter { $0.index >= 0 && $0.index < tokens.count }
        var bytes: [UInt8] = []
        var offsets: [Int32] = [0]
        for (index, token) in tokens.enumerated() {
            // longer ones than the tree's depth cannot occur in practice
            if !ends.contains(index), token.count < Int(UInt16.max) { bytes += token }
            offsets.append(Int32(bytes.count))
        }
        self.bytes = bytes
        self.offsets = offsets
        let tree = TokenTree(bytes: bytes, offsets: offsets)
        nodeByte = tree.byte
        nodeDepth = tree.depth
        nodeEnd = tree.end
        nodeTokenStart = tree.tokenStart
        nodeTokens = tree.tokens
        maximumDepth = Int(tree.depth.max() ?? 0)
        let lengths = (0..<tokens.count).map { index in
            Self.plainLength(bytes[Int(offsets[index])..<Int(offsets[index + 1])])
        }
        nodePlainLength = tree.largest(lengths)
        memberTokens = tokens.indices.filter { !ends.contains($0) && Self.holdsName(tokens[$0]) }
        let words = (tokens.count + 63) / 64
        plainMasks = Self.plainBuckets.map { bucket in
            var mask = [UInt64](repeating: 0, count: words)
            for (index, length) in lengths.enumerated() where length > 0 && Int(length) <= bucket {
                mask[index / 64] |= 1 << UInt64(index % 64)
            }
            return mask
        }
    }

    /// How many words of 64 bits a mask has.
    package var maskWordCount: Int { (count + 63) / 64 }

    /// The bytes of a token; none for one that is never part of a text.
    func bytes(of token: TokenID) -> ArraySlice<UInt8> {
        guard token.index >= 0, token.index < count else { return [] }
        return bytes[Int(offsets[token.index])..<Int(offsets[token.index + 1])]
    }

    /// The bytes of the token of a number in range.
    func bytes(at token: Int) -> ArraySlice<UInt8> { bytes[Int(offsets[token])..<Int(offsets[token + 1])] }

    private static func holdsName(_ bytes: [UInt8]) -> Bool {
        guard let comma = bytes.firstIndex(of: UInt8(ascii: ",")) else { return false }
        return bytes[comma...].count { $0 == UInt8(ascii: "\"") } > 1
    }

    /// How many characters the bytes are if all are plain and whole, 0 for none, else `notPlain`.
    private static func plainLength(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var isASCII = true
        for byte in bytes {
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return notPlain }
            if byte >= 0x80 { isASCII = false }
        }
        if isASCII { return UInt16(bytes.count) }
        guard let text = String(validating: bytes, as: UTF8.self) else { return notPlain }
        return UInt16(text.unicodeScalars.count)
    }
}

/// The tree of the bytes of tokens while it is built.
private struct TokenTree {
    var byte: [UInt8] = []
    var depth: [UInt16] = []
    var end: [Int32] = []
    var tokenStart: [Int32] = []
    var tokens: [Int32] = []

    init(bytes: [UInt8], offsets: [Int32]) {
        func text(_ token: Int32) -> ArraySlice<UInt8> {
            bytes[Int(offsets[Int(token)])..<Int(offsets[Int(token) + 1])]
        }
        // the first eight bytes decide most comparisons
        let keyed = (0..<Int32(offsets.count - 1)).filter { !text($0).isEmpty }.map { token -> (UInt64, Int32) in
            var key: UInt64 = 0
            for (index, byte) in text(token).prefix(8).enumerated() { key |= UInt64(byte) << UInt64(56 - 8 * index) }
            return (key, token)
        }
        let ordered = keyed.sorted { left, right in
            if left.0 != right.0 { return left.0 < right.0 }
            let (first, second) = (text(left.1), text(right.1))
            if first.elementsEqual(second) { return left.1 < right.1 }
            return first.lexicographicallyPrecedes(second)
        }
        var path: [Int32] = []
        var previous: ArraySlice<UInt8> = []
        for (_, token) in ordered {
            let current = text(token)
            var common = 0
            for (left, right) in zip(previous, current) {
                if left != right { break }
                common += 1
            }
            while path.count > common { end[Int(path.removeLast())] = Int32(byte.count) }
            for value in current.dropFirst(common) {
                path.append(Int32(byte.count))
                byte.append(value)
                depth.append(UInt16(path.count))
                end.append(0)
                tokenStart.append(Int32(tokens.count))
            }
            tokens.append(token)
            previous = current
        }
        while let node = path.popLast() { end[Int(node)] = Int32(byte.count) }
        tokenStart.append(Int32(tokens.count))
    }

    /// Per node, the largest of its and its descendants' values.
    func largest(_ values: [UInt16]) -> [UInt16] {
        var result = [UInt16](repeating: 0, count: byte.count)
        for node in result.indices.reversed() {
            for slot in tokenStart[node]..<tokenStart[node + 1] {
                result[node] = max(result[node], values[Int(tokens[Int(slot)])])
            }
            var child = node + 1
            while child < Int(end[node]) {
                result[node] = max(result[node], result[child])
                child = Int(end[child])
            }
        }
        return result
    }
}
