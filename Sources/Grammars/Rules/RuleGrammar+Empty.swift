extension RuleGrammar {
    /// Rewrites the rules so that none has the empty text: a call of one that had it may be skipped instead.
    mutating func removeEmptyTexts() throws(GrammarError) {
        let isNullable = nullableRules()
        acceptsEmpty = acceptsEmpty || isNullable[Int(root)]
        skipEmpty(isNullable)
        for rule in starts.indices where isNullable[rule] { try removeEmptyText(ofRule: rule) }
    }

    private func nullableRules() -> [Bool] {
        var result = [Bool](repeating: false, count: starts.count)
        var waiting = [[(rule: Int32, to: Int32)]](repeating: [], count: starts.count)
        // per rule, the states that its start reaches without text
        var pending: [(state: Int32, rule: Int32)] = []
        var seen: Set<UInt64> = []
        func key(_ state: Int32, _ rule: Int32) -> UInt64 { UInt64(UInt32(state)) << 32 | UInt64(UInt32(rule)) }
        for (rule, start) in starts.enumerated() { pending.append((start, Int32(rule))) }
        while let (state, rule) = pending.popLast() {
            guard seen.insert(key(state, rule)).inserted else { continue }
            if states[Int(state)].isFinal, !result[Int(rule)] {
                result[Int(rule)] = true
                pending += waiting[Int(rule)].map { ($0.to, $0.rule) }
            }
            for edge in states[Int(state)].edges {
                switch edge {
                case .free(let target): pending.append((target, rule))
                case .lexeme(let lexeme, let target):
                    if lexemes[Int(lexeme)].isNullable { pending.append((target, rule)) }
                case .call(let called, let target):
                    waiting[Int(called)].append((rule, target))
                    if result[Int(called)] { pending.append((target, rule)) }
                }
            }
        }
        return result
    }

    /// Adds a free edge beside every edge that the empty text passes.
    private mutating func skipEmpty(_ isNullable: [Bool]) {
        for index in states.indices {
            for edge in states[index].edges {
                switch edge {
                case .free: break
                case .lexeme(let lexeme, let target):
                    if lexemes[Int(lexeme)].isNullable { connect(Int32(index), .free(to: target)) }
                case .call(let rule, let target):
                    if isNullable[Int(rule)] { connect(Int32(index), .free(to: target)) }
                }
            }
        }
    }

    /// Gives the rule a new beginning that cannot end before any text.
    private mutating func removeEmptyText(ofRule rule: Int) throws(GrammarError) {
        var copies: [Int32: Int32] = [:]
        starts[rule] = try copyHead(starts[rule], &copies)
    }

    /// Copies the states that are reached without text, none of them final, with their edges to the old states.
    private mutating func copyHead(_ start: Int32, _ copies: inout [Int32: Int32]) throws(GrammarError) -> Int32 {
        let first = try addState()
        copies[start] = first
        var pending = [start]
        while let state = pending.popLast() {
            guard let copy = copies[state] else { continue }
            for edge in states[Int(state)].edges {
                guard case .free(let target) = edge else {
                    connect(copy, edge)
                    continue
                }
                if copies[target] == nil {
                    copies[target] = try addState()
                    pending.append(target)
                }
                if let targetCopy = copies[target] { connect(copy, .free(to: targetCopy)) }
            }
        }
        return first
    }
}
