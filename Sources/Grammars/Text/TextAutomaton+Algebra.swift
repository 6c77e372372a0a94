import MartletTokenizers

extension TextAutomaton {
    /// How two sets of texts combine.
    enum Combination {
        /// Texts of both.
        case intersection
        /// Texts of either.
        case union
        /// Texts of the first that are not texts of the second.
        case difference
    }

    /// The set that two sets combine to.
    ///
    /// - Complexity: O(states of the one × states of the other × classes) at worst; usually far less.
    func combined(
        _ combination: Combination,
        _ other: TextAutomaton,
        limits: GrammarLimits
    ) throws(GrammarError) -> TextAutomaton {
        if isEmpty { return combination == .union ? other : self }
        if other.isEmpty { return combination == .intersection ? other : self }
        let (partition, lefts, rights) = ScalarPartition.refining(self.partition, other.partition)
        func key(_ left: Int32, _ right: Int32) -> UInt64 {
            UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        }
        var pairs: [(Int32, Int32)] = [(0, 0)]
        var index: [UInt64: Int32] = [key(0, 0): 0]
        var next: [Int32] = []
        var accepting: [Bool] = []
        while accepting.count < pairs.count {
            let (left, right) = pairs[accepting.count]
            for column in 0..<partition.classCount {
                let target = (
                    left == Self.dead || column == 0
                        ? Self.dead : self.next[Int(left) * classCount + Int(lefts[column])],
                    right == Self.dead || column == 0
                        ? Self.dead : other.next[Int(right) * other.classCount + Int(rights[column])]
                )
                guard combination.isAlive(target.0, target.1) else {
                    next.append(Self.dead)
                    continue
                }
                let key = key(target.0, target.1)
                if let known = index[key] {
                    next.append(known)
                } else {
                    index[key] = Int32(pairs.count)
                    next.append(Int32(pairs.count))
                    pairs.append(target)
                }
            }
            let ends = (
                left != Self.dead && self.accepting[Int(left)], right != Self.dead && other.accepting[Int(right)]
            )
            accepting.append(combination.accepts(ends.0, ends.1))
            try limits.check(states: pairs.count, classes: partition.classCount)
        }
        return TextAutomaton(partition: partition, next: next, accepting: accepting)
    }

    /// Every text.
    static let everything = TextAutomaton(
        partition: ScalarPartition(separating: [.all]),
        next: [dead, 0],
        accepting: [true]
    )
}

extension TextAutomaton.Combination {
    /// Whether a pair of states can still lead to a text.
    fileprivate func isAlive(_ left: Int32, _ right: Int32) -> Bool {
        let isLeft = left != TextAutomaton.dead
        let isRight = right != TextAutomaton.dead
        return switch self {
        case .intersection: isLeft && isRight
        case .union: isLeft || isRight
        case .difference: isLeft
        }
    }

    /// Whether a text may end where the two sets say so.
    fileprivate func accepts(_ left: Bool, _ right: Bool) -> Bool {
        switch self {
        case .intersection: left && right
        case .union: left || right
        case .difference: left && !right
        }
    }
}
