/// Makes the table of merge rules from the texts of both halves, which it looks up many at a time.
struct MergeRuleReader {
    private static let batchSize = 1024

    private let vocabulary: Vocabulary
    private let prefixLength: Int
    private var rules: [MergeRule] = []
    private var results: [Int32] = []
    /// The texts of the rules that are still to be looked up.
    private var texts: [UInt8] = []
    /// Left half and right half of each of them.
    private var halves: [Vocabulary.Stretch] = []
    /// The whole of each of them.
    private var wholes: [Vocabulary.Stretch] = []

    /// A reader without rules.
    ///
    /// - Parameters:
    ///   - vocabulary: the model's tokens; both halves and the whole of each rule must be among them.
    ///   - prefixLength: how many bytes of the right half are not part of the whole.
    ///   - capacity: about how many rules there will be.
    init(vocabulary: Vocabulary, prefixLength: Int, capacity: Int) {
        self.vocabulary = vocabulary
        self.prefixLength = prefixLength
        rules.reserveCapacity(capacity)
        results.reserveCapacity(capacity)
    }

    /// Adds a rule, whose rank is the number of rules before it.
    ///
    /// - Parameter body: appends the texts of both halves and returns the length of the left one.
    /// - Throws: what the closure throws, and `TokenizerError` when this rule or one of those before it needs a token that
    ///   is not there.
    @inline(__always)
    mutating func append(_ body: (inout [UInt8]) throws(TokenizerError) -> Int) throws(TokenizerError) {
        let start = texts.count
        let leftLength = try body(&texts)
        let length = texts.count - start
        let middle = start + leftLength
        halves.append(.init(start: UInt32(start), length: UInt32(leftLength)))
        halves.append(.init(start: UInt32(middle), length: UInt32(length - leftLength)))
        if prefixLength == 0 {
            wholes.append(.init(start: UInt32(start), length: UInt32(length)))
        } else {
            let whole = texts[start..<middle] + texts[middle...].dropFirst(prefixLength)
            wholes.append(.init(start: UInt32(texts.count), length: UInt32(whole.count)))
            texts += whole
        }
        if wholes.count >= Self.batchSize { try lookUp() }
    }

    private mutating func lookUp() throws(TokenizerError) {
        let halfIDs = vocabulary.ids(of: halves, in: texts)
        for index in wholes.indices {
            let whole = id(ofWhole: texts[wholes[index].range].span)
            let (left, right) = (halfIDs[index * 2], halfIDs[index * 2 + 1])
            guard left >= 0, right >= 0, let whole else {
                let missing = left < 0 ? halves[index * 2] : right < 0 ? halves[index * 2 + 1] : wholes[index]
                let text = String(decoding: texts[missing.range], as: UTF8.self)
                throw .unknownMergeToken(index: results.count, token: text)
            }
            rules.append(MergeRule(left: left, right: right, rank: UInt32(results.count)))
            results.append(whole)
        }
        texts.removeAll(keepingCapacity: true)
        halves.removeAll(keepingCapacity: true)
        wholes.removeAll(keepingCapacity: true)
    }

    /// The token that a rule makes; most often it is that of the rule before, or the one with the next number.
    private func id(ofWhole whole: Span<UInt8>) -> Int32? {
        if let last = results.last {
            if vocabulary.isCertainly(last, whole) { return last }
            if vocabulary.isCertainly(last + 1, whole) { return last + 1 }
        }
        return vocabulary.id(whole)
    }

    /// The table of the rules.
    mutating func finish() throws(TokenizerError) -> MergeTable {
        try lookUp()
        return MergeTable(rules, results: results)
    }
}
