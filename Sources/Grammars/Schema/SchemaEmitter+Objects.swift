extension SchemaEmitter {
    /// How far an object has come.
    private struct ObjectState: Hashable {
        /// The next property; after the last one come members of other names.
        var index = 0
        /// Members so far, no more than matter.
        var count = 0
        /// Whether there is a member before.
        var hasMember = false
        /// Per need whether it is met.
        var met: [Bool] = []
    }

    /// Adds edges for the objects of a shape, properties in their order, other members after them.
    ///
    /// The rules let names of other members come again; `MemberNames` does not.
    mutating func addObject(_ shape: ObjectShape, from start: Int32, to end: Int32) throws(GrammarError) {
        let properties = shape.properties.filter { $0.node != SchemaGraph.never }
        let regions = try freeRegions(of: shape)
        let required = properties.count(where: \.isRequired)
        let minimum = shape.minimum <= required ? 0 : shape.minimum
        var maximum = shape.maximum
        if let bound = maximum, regions.isEmpty, bound >= properties.count { maximum = nil }
        let cap = max(minimum, maximum.map { $0 + 1 } ?? 0)
        var states: [ObjectState: Int32] = [:]
        var pending: [ObjectState] = []
        func number(_ state: ObjectState) throws(GrammarError) -> Int32 {
            if let known = states[state] { return known }
            let number = try addState()
            states[state] = number
            pending.append(state)
            return number
        }
        let first = try number(ObjectState(met: shape.needs.map { _ in false }))
        connect(start, .lexeme(punctuation.objectOpen, to: first))
        while let state = pending.popLast() {
            let here = try number(state)
            var next = state
            next.count = min(state.count + 1, cap)
            next.hasMember = true
            let hasRoom = maximum.map { state.count < $0 } ?? true
            if state.index < properties.count {
                let property = properties[state.index]
                next.index += 1
                if !property.isRequired {
                    var skipped = state
                    skipped.index += 1
                    connect(here, .free(to: try number(skipped)))
                }
                guard hasRoom else { continue }
                let names = try TextAutomaton.literals([property.name], limits: graph.limits)
                try addMember(names: names, property.node, from: separated(here, state), to: number(next))
                continue
            }
            if state.count >= minimum, !state.met.contains(false) {
                let close = state.hasMember ? punctuation.objectClose : punctuation.emptyObjectClose
                connect(here, .lexeme(close, to: end))
            }
            guard hasRoom, !regions.isEmpty else { continue }
            let before = try separated(here, state)
            for region in regions {
                try addMember(names: region.names, region.node, role: .memberName, from: before, to: number(next))
            }
            for (index, need) in shape.needs.enumerated() where !state.met[index] {
                var meeting = next
                meeting.met[index] = true
                for region in regions {
                    let names = try need.names.intersection(.some(region.names), limits: graph.limits)
                    guard case .some(let texts) = names else { continue }
                    let node = try graph.all([region.node, need.node])
                    if node == SchemaGraph.never { continue }
                    try addMember(names: texts, node, role: .memberName, from: before, to: number(meeting))
                }
            }
        }
    }

    /// A state after the comma, where one is needed.
    private mutating func separated(_ here: Int32, _ state: ObjectState) throws(GrammarError) -> Int32 {
        guard state.hasMember else { return here }
        let before = try addState()
        connect(here, .lexeme(punctuation.comma, to: before))
        return before
    }

    /// The regions without the names of properties.
    private func freeRegions(of shape: ObjectShape) throws(GrammarError) -> [(names: TextAutomaton, node: Int)] {
        let named = try TextAutomaton.literals(shape.properties.map(\.name), limits: graph.limits)
        let others = TextSet(try TextAutomaton.everything.combined(.difference, named, limits: graph.limits))
        var result: [(names: TextAutomaton, node: Int)] = []
        for region in shape.regions where region.node != SchemaGraph.never {
            guard case .some(let texts) = try region.names.intersection(others, limits: graph.limits) else { continue }
            result.append((texts, region.node))
        }
        return result
    }
}
