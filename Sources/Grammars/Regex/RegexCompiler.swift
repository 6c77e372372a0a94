import MartletTokenizers

/// Turns a tree of a regular expression into an automaton over characters.
///
/// The tree becomes a nondeterministic automaton whose edges are sets of scalars and conditions on places; sets of its
/// states, with the kind of the character before, become the states of the result.
struct RegexCompiler {
    private struct State {
        var moves: [(set: Int, target: Int32)] = []
        var free: [Int32] = []
        var conditions: [(RegexAssertion, Int32)] = []
    }

    private struct Subset: Hashable {
        var states: [Int32]
        var before: RegexNeighbour
    }

    /// The most parts that a tree may have once repeats are written out.
    private static let workLimit = 1_000_000

    /// The most states of the nondeterministic automaton that all states of the result may stand for together.
    private static let subsetLimit = 4_000_000

    private let limits: GrammarLimits
    private let place: String
    private var states: [State] = []
    private var sets: [ScalarRanges] = []
    private var setIndex: [ScalarRanges: Int] = [:]
    private var work = 0
    private var usesLines = false
    private var usesWords = false
    private var usesEdges = false

    private init(limits: GrammarLimits, place: String) {
        self.limits = limits
        self.place = place
    }

    /// The texts that the tree matches as a whole, or in a part when `isSearch`.
    static func compile(
        _ node: RegexNode,
        isSearch: Bool = false,
        place: String,
        limits: GrammarLimits
    ) throws(GrammarError) -> TextAutomaton {
        var compiler = RegexCompiler(limits: limits, place: place)
        let any = RegexNode.repetition(.scalars(.all), minimum: 0, maximum: nil)
        let start = try compiler.addState()
        let end = try compiler.add(isSearch ? .sequence([any, node, any]) : node, from: start)
        return try compiler.determinized(start: start, end: end)
    }

    // MARK: - Nondeterministic

    private mutating func addState() throws(GrammarError) -> Int32 {
        states.append(State())
        guard states.count <= limits.ruleStates else {
            throw .tooLarge("the size of a regular expression", limit: limits.ruleStates, at: place)
        }
        if states.count & 1023 == 0 { try GrammarError.checkCancellation() }
        return Int32(states.count - 1)
    }

    /// Adds the states of a tree and returns the one after it.
    private mutating func add(_ node: RegexNode, from start: Int32) throws(GrammarError) -> Int32 {
        work += 1
        guard work <= Self.workLimit else {
            throw .tooLarge("the parts of a regular expression", limit: Self.workLimit, at: place)
        }
        switch node {
        case .empty: return start
        case .scalars(let set):
            let end = try addState()
            states[Int(start)].moves.append((index(of: set), end))
            return end
        case .sequence(let parts):
            var state = start
            for part in parts { state = try add(part, from: state) }
            return state
        case .choice(let branches):
            let end = try addState()
            for branch in branches {
                let begin = try addState()
                states[Int(start)].free.append(begin)
                states[Int(try add(branch, from: begin))].free.append(end)
            }
            return end
        case .repetition(let part, let minimum, let maximum):
            return try addRepetition(part, minimum, maximum, from: start)
        case .assertion(let assertion):
            let end = try addState()
            states[Int(start)].conditions.append((assertion, end))
            switch assertion {
            case .textStart, .textEnd: usesEdges = true
            case .lineStart, .lineEnd: usesLines = true
            case .wordBoundary, .notWordBoundary: usesWords = true
            }
            return end
        }
    }

    private mutating func addRepetition(
        _ part: RegexNode,
        _ minimum: Int,
        _ maximum: Int?,
        from start: Int32
    ) throws(GrammarError) -> Int32 {
        var state = start
        for _ in 0..<minimum { state = try add(part, from: state) }
        let end = try addState()
        guard let maximum else {
            let loop = try addState()
            states[Int(state)].free.append(loop)
            states[Int(try add(part, from: loop))].free.append(loop)
            states[Int(loop)].free.append(end)
            return end
        }
        states[Int(state)].free.append(end)
        for _ in 0..<max(0, maximum - minimum) {
            let before = try addState()
            states[Int(state)].free.append(before)
            state = try add(part, from: before)
            states[Int(state)].free.append(end)
        }
        return end
    }

    private mutating func index(of set: ScalarRanges) -> Int {
        if let known = setIndex[set] { return known }
        setIndex[set] = sets.count
        sets.append(set)
        return sets.count - 1
    }

    // MARK: - Deterministic

    private func determinized(start: Int32, end: Int32) throws(GrammarError) -> TextAutomaton {
        let newline = ScalarRanges(0x0A)
        let separators = (usesLines ? [newline] : []) + (usesWords ? [UnicodeSets.words] : [])
        let partition = ScalarPartition(separating: [ScalarRanges.all] + sets + separators)
        let columns = sets.map { partition.classes(in: $0) }
        var kinds = [RegexNeighbour](repeating: .other, count: partition.classCount)
        if usesWords { for column in partition.classes(in: UnicodeSets.words) { kinds[Int(column)] = .word } }
        if usesLines { for column in partition.classes(in: newline) { kinds[Int(column)] = .newline } }
        var mark = [Int32](repeating: -1, count: states.count)
        var stamp: Int32 = 0
        let first = Subset(states: [start], before: usesEdges || usesLines || usesWords ? .edge : .other)
        var index: [Subset: Int32] = [first: 0]
        var subsets = [first]
        var next: [Int32] = []
        var accepting: [Bool] = []
        var subsetSizes = 0
        while accepting.count < subsets.count {
            let subset = subsets[accepting.count]
            // large subsets take long, so their sizes are counted as well
            subsetSizes += subset.states.count
            guard subsetSizes <= Self.subsetLimit else {
                throw .tooLarge("the size of a regular expression", limit: Self.subsetLimit, at: place)
            }
            if accepting.count & 63 == 0 { try GrammarError.checkCancellation() }
            var targets = [[Int32]](repeating: [], count: partition.classCount)
            let after: [RegexNeighbour] =
                usesWords || usesLines ? [.newline, .word, .other] : [.other]
            for kind in after {
                let closure = closure(subset.states, subset.before, kind, &mark, &stamp)
                for state in closure {
                    for move in states[Int(state)].moves {
                        for column in columns[move.set] where kinds[Int(column)] == kind {
                            targets[Int(column)].append(move.target)
                        }
                    }
                }
            }
            for column in 0..<partition.classCount {
                guard !targets[column].isEmpty else {
                    next.append(TextAutomaton.dead)
                    continue
                }
                let target = Subset(states: Array(Set(targets[column])).sorted(), before: kinds[column])
                if let known = index[target] {
                    next.append(known)
                } else {
                    index[target] = Int32(subsets.count)
                    next.append(Int32(subsets.count))
                    subsets.append(target)
                }
            }
            accepting.append(closure(subset.states, subset.before, .edge, &mark, &stamp).contains(end))
            try limits.check(states: subsets.count, classes: partition.classCount)
        }
        return TextAutomaton(partition: partition, next: next, accepting: accepting)
    }

    /// The states that are reached without a character between two neighbours.
    private func closure(
        _ from: [Int32],
        _ before: RegexNeighbour,
        _ after: RegexNeighbour,
        _ mark: inout [Int32],
        _ stamp: inout Int32
    ) -> [Int32] {
        stamp &+= 1
        var result: [Int32] = []
        var pending = from
        while let state = pending.popLast() {
            if mark[Int(state)] == stamp { continue }
            mark[Int(state)] = stamp
            result.append(state)
            pending += states[Int(state)].free
            for (assertion, target) in states[Int(state)].conditions
            where assertion.holds(before: before, after: after) {
                pending.append(target)
            }
        }
        return result
    }
}
