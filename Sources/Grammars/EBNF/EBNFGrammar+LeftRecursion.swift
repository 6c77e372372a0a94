extension EBNFGrammar {
    /// Refuses rules that begin with themselves, which the notation of llama.cpp does not allow.
    ///
    /// - Throws: `unsupported` with the rule and the line in which it is called.
    func checkLeftRecursion() throws(GrammarError) {
        let empty = try rulesWithEmptyText()
        var begins: [String: [(name: String, line: Int)]] = [:]
        for (name, expression) in rules {
            var found: [(name: String, line: Int)] = []
            _ = collectBeginnings(of: expression, empty, &found)
            begins[name] = found
        }
        // depth first: a rule that is reached while it is open begins with itself
        var isOpen: [String: Bool] = [:]
        for root in rules.keys.sorted() where isOpen[root] == nil {
            isOpen[root] = true
            var path = [(name: root, next: 0)]
            while let (name, next) = path.last {
                guard let called = begins[name], next < called.count else {
                    isOpen[name] = false
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                switch isOpen[called[next].name] {
                case true:
                    let rule = called[next].name
                    throw .unsupported("the left-recursive rule `\(rule)`", at: "line \(called[next].line)")
                case false: break
                case nil:
                    isOpen[called[next].name] = true
                    path.append((called[next].name, 0))
                }
            }
        }
    }

    /// The rules that have the empty text.
    private func rulesWithEmptyText() throws(GrammarError) -> Set<String> {
        var result: Set<String> = []
        var isChanged = true
        while isChanged {
            isChanged = false
            try GrammarError.checkCancellation()
            for (name, expression) in rules where !result.contains(name) && hasEmptyText(expression, result) {
                result.insert(name)
                isChanged = true
            }
        }
        return result
    }

    private func hasEmptyText(_ expression: Expression, _ empty: Set<String>) -> Bool {
        switch expression {
        case .regular(let node): node.hasEmptyText
        case .name(let name, _): empty.contains(name)
        case .sequence(let parts): parts.allSatisfy { hasEmptyText($0, empty) }
        case .choice(let parts): parts.contains { hasEmptyText($0, empty) }
        case .repetition(let part, let minimum, _): minimum == 0 || hasEmptyText(part, empty)
        }
    }

    /// Adds the rules that an expression's texts may begin with; says whether the expression has the empty text.
    private func collectBeginnings(
        of expression: Expression,
        _ empty: Set<String>,
        _ found: inout [(name: String, line: Int)]
    ) -> Bool {
        switch expression {
        case .regular(let node): return node.hasEmptyText
        case .name(let name, let line):
            found.append((name, line))
            return empty.contains(name)
        case .sequence(let parts):
            for part in parts where !collectBeginnings(of: part, empty, &found) { return false }
            return true
        case .choice(let parts):
            var isEmpty = false
            for part in parts where collectBeginnings(of: part, empty, &found) { isEmpty = true }
            return isEmpty
        case .repetition(let part, let minimum, _):
            return collectBeginnings(of: part, empty, &found) || minimum == 0
        }
    }
}

extension RegexNode {
    /// Whether the empty text matches.
    fileprivate var hasEmptyText: Bool {
        switch self {
        case .empty, .assertion: true
        case .scalars: false
        case .sequence(let parts): parts.allSatisfy(\.hasEmptyText)
        case .choice(let parts): parts.contains(where: \.hasEmptyText)
        case .repetition(let part, let minimum, _): minimum == 0 || part.hasEmptyText
        }
    }
}
