import MartletJSON

extension SchemaEmitter {
    /// How far an array has come.
    private struct ArrayState: Hashable {
        /// Elements so far, no more than matter.
        var index = 0
        /// Per counted schema, elements so far that have it, no more than matter.
        var counts: [Int] = []
        /// With unique elements, which values were used.
        var used: Set<Int> = []
    }

    /// The most states that one array may have.
    private static let stateLimit = 20_000
    /// The most values of which unique elements may be chosen in any order; of more, only in the order of the schema.
    private static let unorderedLimit = 8

    /// Adds edges for the arrays of a shape.
    mutating func addArray(_ shape: ArrayShape, from start: Int32, to end: Int32) throws(GrammarError) {
        if let place = shape.uniquePlace {
            try addUniqueArray(shape, at: place, from: start, to: end)
            return
        }
        let choices = try elementChoices(shape.counts)
        let cap = max(
            shape.prefix.count,
            shape.minimum,
            (shape.maximum ?? -1) + 1,
            shape.counts.map(\.start).max() ?? 0
        )
        var states: [ArrayState: Int32] = [:]
        var pending: [ArrayState] = []
        func number(_ state: ArrayState) throws(GrammarError) -> Int32 {
            if let known = states[state] { return known }
            let number = try addState()
            guard states.count < grammar.limits.ruleStates else {
                throw .tooLarge("the states of an array", limit: grammar.limits.ruleStates, at: "items")
            }
            states[state] = number
            pending.append(state)
            return number
        }
        let first = try number(ArrayState(counts: shape.counts.map { _ in 0 }))
        connect(start, .lexeme(punctuation.arrayOpen, to: first))
        while let state = pending.popLast() {
            let here = try number(state)
            let isComplete = zip(shape.counts, state.counts).allSatisfy { $1 >= $0.minimum && $1 <= $0.maximum ?? .max }
            if state.index >= shape.minimum, isComplete {
                let close = state.index == 0 ? punctuation.emptyArrayClose : punctuation.arrayClose
                connect(here, .lexeme(close, to: end))
            }
            if let maximum = shape.maximum, state.index >= maximum { continue }
            var before = here
            if state.index > 0 {
                before = try addState()
                connect(here, .lexeme(punctuation.comma, to: before))
            }
            for choice in choices {
                var next = state
                next.index = min(state.index + 1, max(cap, 1))
                var parts = [shape.node(at: state.index)]
                var isPossible = true
                for (index, count) in shape.counts.enumerated() where state.index >= count.start {
                    if choice[index] {
                        parts.append(count.node)
                        next.counts[index] = min(state.counts[index] + 1, max(count.minimum, (count.maximum ?? -1) + 1))
                        isPossible = isPossible && next.counts[index] <= count.maximum ?? .max
                    } else if count.maximum != nil {
                        parts.append(try graph.not(count.node))
                    }
                }
                let node = try graph.all(parts)
                if !isPossible || node == SchemaGraph.never { continue }
                try addValue(node, from: before, to: number(next))
            }
        }
    }

    /// Per way an element may be counted, whether it is, for each counted schema.
    private func elementChoices(_ counts: [ArrayShape.Count]) throws(GrammarError) -> [[Bool]] {
        guard counts.count <= 4 else { throw .tooLarge("the number of `contains` together", limit: 4, at: "contains") }
        return counts.reduce([[]]) { lists, _ in lists.flatMap { [$0 + [false], $0 + [true]] } }
    }

    // MARK: - Unique elements

    /// The values that elements may have, and per position of the prefix, and after it, which of them.
    private mutating func uniqueValues(
        of shape: ArrayShape,
        at place: String
    ) throws(GrammarError) -> (values: [JSONValue], lists: [[Int]]) {
        var lists: [[Int]] = []
        var values: [JSONValue] = []
        for position in 0...shape.prefix.count {
            guard let list = try finiteValues(of: shape.node(at: position)) else {
                throw .unsupported("`uniqueItems` over items that are not an enumeration of plain values", at: place)
            }
            var indexes: [Int] = []
            for value in list {
                if let known = values.firstIndex(of: value) {
                    indexes.append(known)
                } else {
                    indexes.append(values.count)
                    values.append(value)
                }
            }
            lists.append(indexes)
        }
        return (values, lists)
    }

    private mutating func addUniqueArray(
        _ shape: ArrayShape,
        at place: String,
        from start: Int32,
        to end: Int32
    ) throws(GrammarError) {
        guard shape.counts.isEmpty else { throw .unsupported("`contains` beside `uniqueItems`", at: place) }
        let (values, lists) = try uniqueValues(of: shape, at: place)
        let isOrdered = values.count > Self.unorderedLimit
        if isOrdered, !shape.prefix.isEmpty {
            throw .tooLarge("the values of unique items", limit: Self.unorderedLimit, at: place)
        }
        var states: [ArrayState: Int32] = [:]
        var pending: [ArrayState] = []
        func number(_ state: ArrayState) throws(GrammarError) -> Int32 {
            if let known = states[state] { return known }
            guard states.count < Self.stateLimit else {
                throw .tooLarge("the states of unique items", limit: Self.stateLimit, at: place)
            }
            let number = try addState()
            states[state] = number
            pending.append(state)
            return number
        }
        let first = try number(ArrayState())
        connect(start, .lexeme(punctuation.arrayOpen, to: first))
        while let state = pending.popLast() {
            let here = try number(state)
            if state.index >= shape.minimum {
                let close = state.index == 0 ? punctuation.emptyArrayClose : punctuation.arrayClose
                connect(here, .lexeme(close, to: end))
            }
            if state.index >= shape.maximum ?? .max { continue }
            var before = here
            if state.index > 0 {
                before = try addState()
                connect(here, .lexeme(punctuation.comma, to: before))
            }
            for index in lists[min(state.index, shape.prefix.count)] where !state.used.contains(index) {
                var next = state
                next.index += 1
                if isOrdered {
                    // every value before the chosen one is out of reach
                    next.used.formUnion(lists[0].prefix { $0 != index } + [index])
                } else {
                    next.used.insert(index)
                }
                try addValue(graph.constant(values[index]), from: before, to: number(next))
            }
        }
    }
}
