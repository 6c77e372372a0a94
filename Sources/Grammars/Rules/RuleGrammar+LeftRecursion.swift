extension RuleGrammar {
    /// Rewrites rules that can begin with themselves so that they begin with something else.
    ///
    /// Of a group of rules that begin with each other, each gets an automaton of its own: it starts with a beginning of
    /// any of them that is not one of the group, and whenever one of them is complete it goes on where that one was the
    /// beginning (the left-corner transform).
    ///
    /// - Precondition: no rule has the empty text.
    mutating func removeLeftRecursion() throws(GrammarError) {
        let groups = leftRecursiveGroups()
        for group in groups {
            let old = group.map { starts[Int($0)] }
            var new: [Int32] = []
            for rule in group { new.append(try leftCornerAutomaton(of: rule, group: group, starts: old)) }
            for (rule, start) in zip(group, new) { starts[Int(rule)] = start }
        }
    }

    private func freelyReached(from start: Int32) -> [Int32] {
        var result = [start]
        var seen: Set<Int32> = [start]
        var position = 0
        while position < result.count {
            for case .free(let target) in states[Int(result[position])].edges where seen.insert(target).inserted {
                result.append(target)
            }
            position += 1
        }
        return result
    }

    /// The groups of rules that begin with each other, by Tarjan's algorithm without recursion.
    private func leftRecursiveGroups() -> [[Int32]] {
        let calls = starts.map { start in
            var called: Set<Int32> = []
            for state in freelyReached(from: start) {
                for case .call(let rule, _) in states[Int(state)].edges { called.insert(rule) }
            }
            return called.sorted()
        }
        var order = [Int](repeating: -1, count: starts.count)
        var low = [Int](repeating: 0, count: starts.count)
        var isOpen = [Bool](repeating: false, count: starts.count)
        var open: [Int32] = []
        var counter = 0
        var groups: [[Int32]] = []
        for root in starts.indices where order[root] < 0 {
            var work: [(rule: Int, next: Int)] = [(root, 0)]
            while let (rule, next) = work.last {
                if next == 0, order[rule] < 0 {
                    order[rule] = counter
                    low[rule] = counter
                    counter += 1
                    open.append(Int32(rule))
                    isOpen[rule] = true
                }
                if next < calls[rule].count {
                    work[work.count - 1].next += 1
                    let called = Int(calls[rule][next])
                    if order[called] < 0 {
                        work.append((called, 0))
                    } else if isOpen[called] {
                        low[rule] = min(low[rule], order[called])
                    }
                    continue
                }
                work.removeLast()
                if let parent = work.last?.rule { low[parent] = min(low[parent], low[rule]) }
                guard low[rule] == order[rule], let first = open.lastIndex(of: Int32(rule)) else { continue }
                let group = Array(open[first...])
                open.removeSubrange(first...)
                for member in group { isOpen[Int(member)] = false }
                if group.count > 1 || calls[rule].contains(Int32(rule)) { groups.append(group) }
            }
        }
        return groups
    }

    private mutating func leftCornerAutomaton(
        of rule: Int32,
        group: [Int32],
        starts old: [Int32]
    ) throws(GrammarError) -> Int32 {
        let entry = try addState()
        var completed: [Int32: Int32] = [:]
        for member in group { completed[member] = try addState(isFinal: member == rule) }
        for (member, start) in zip(group, old) {
            guard let end = completed[member] else { continue }
            var copier = BodyCopier(end: end, completed: completed)
            let head = try copier.copy(start, isHead: true, in: &self)
            connect(entry, .free(to: head))
            while let (state, isHead) = copier.pending.popLast() {
                try copier.connect(state, isHead: isHead, in: &self)
            }
        }
        return entry
    }

    /// Copies one rule's states, those before any text (the head) apart from the others.
    private struct BodyCopier {
        let end: Int32
        let completed: [Int32: Int32]
        var heads: [Int32: Int32] = [:]
        var tails: [Int32: Int32] = [:]
        var pending: [(state: Int32, isHead: Bool)] = []

        init(end: Int32, completed: [Int32: Int32]) {
            self.end = end
            self.completed = completed
        }

        mutating func copy(
            _ state: Int32,
            isHead: Bool,
            in grammar: inout RuleGrammar
        ) throws(GrammarError) -> Int32 {
            if let known = isHead ? heads[state] : tails[state] { return known }
            let copy = try grammar.addState()
            if isHead { heads[state] = copy } else { tails[state] = copy }
            pending.append((state, isHead))
            return copy
        }

        mutating func connect(
            _ state: Int32,
            isHead: Bool,
            in grammar: inout RuleGrammar
        ) throws(GrammarError) {
            let from = try copy(state, isHead: isHead, in: &grammar)
            if !isHead, grammar.states[Int(state)].isFinal { grammar.connect(from, .free(to: end)) }
            for edge in grammar.states[Int(state)].edges {
                switch edge {
                case .free(let target):
                    grammar.connect(from, .free(to: try copy(target, isHead: isHead, in: &grammar)))
                case .lexeme(let lexeme, let target):
                    grammar.connect(from, .lexeme(lexeme, to: try copy(target, isHead: false, in: &grammar)))
                case .call(let rule, let target):
                    let after = try copy(target, isHead: false, in: &grammar)
                    if isHead, let done = completed[rule] {
                        grammar.connect(done, .free(to: after))
                    } else {
                        grammar.connect(from, .call(rule, to: after))
                    }
                }
            }
        }
    }
}
