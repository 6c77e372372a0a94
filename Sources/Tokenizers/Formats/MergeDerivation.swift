/// Merge rules that follow from the tokens: any two that make a third, ranked by the order of the third.
struct MergeDerivation {
    /// Which of several rules that make one token comes first.
    enum Order {
        /// None: the leftmost pair in the text is merged, whichever it is.
        case none
        /// The one with the shorter left half.
        case shorterLeft
        /// The one with the smaller numbers.
        case smallerNumbers
    }

    /// Longer tokens are made of no others; real ones are far shorter, and halving is quadratic in the length.
    private static let longestToken = 1024

    private let vocabulary: Vocabulary
    private let order: Order
    private let isPart: (Int32) -> Bool
    private var rules: [MergeRule] = []
    private var results: [Int32] = []

    /// The table of all rules.
    ///
    /// - Parameters:
    ///   - vocabulary: the tokens, whose texts are valid UTF-8.
    ///   - ids: the tokens that rules make, first merged first.
    ///   - order: the order among the rules of one token.
    ///   - isPart: whether a token may be a half.
    /// - Returns: the table.
    static func table(
        _ vocabulary: Vocabulary,
        ids: [Int32],
        order: Order,
        isPart: @escaping (Int32) -> Bool = { _ in true }
    ) -> MergeTable {
        var derivation = MergeDerivation(vocabulary: vocabulary, order: order, isPart: isPart)
        for id in ids { derivation.add(id) }
        return MergeTable(derivation.rules, results: derivation.results)
    }

    private init(vocabulary: Vocabulary, order: Order, isPart: @escaping (Int32) -> Bool) {
        self.vocabulary = vocabulary
        self.order = order
        self.isPart = isPart
    }

    private mutating func add(_ id: Int32) {
        guard let token = vocabulary.token(id), token.count > 1, token.count <= Self.longestToken else { return }
        var pairs: [(left: Int32, right: Int32)] = []
        for middle in (token.startIndex + 1)..<token.endIndex where token[middle] & 0xC0 != 0x80 {
            guard let left = vocabulary.id(token[..<middle]), isPart(left),
                let right = vocabulary.id(token[middle...]), isPart(right)
            else { continue }
            pairs.append((left, right))
        }
        if order == .smallerNumbers { pairs.sort { ($0.left, $0.right) < ($1.left, $1.right) } }
        let first = UInt32(results.count)
        for (index, pair) in pairs.enumerated() {
            let rank = order == .none ? first : first + UInt32(index)
            rules.append(MergeRule(left: pair.left, right: pair.right, rank: rank))
            if rank == results.count { results.append(id) }
        }
    }
}
