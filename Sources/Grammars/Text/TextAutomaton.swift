import MartletTokenizers

/// A deterministic automaton over Unicode scalars: a regular set of texts.
///
/// Every state is reachable and can reach an accepting one, so that following transitions never runs into a dead end; a
/// set without texts has no states.
struct TextAutomaton: Sendable, Hashable {
    /// No transition.
    static let dead: Int32 = -1

    /// What scalars are told apart.
    let partition: ScalarPartition
    /// `[states, classes]`: the next state or `dead`.
    private(set) var next: [Int32]
    /// Per state whether a text may end there.
    private(set) var accepting: [Bool]

    /// How many classes of scalars there are.
    var classCount: Int { partition.classCount }
    /// How many states there are; the first is the start.
    var stateCount: Int { accepting.count }
    /// Whether no text is in the set.
    var isEmpty: Bool { accepting.isEmpty }

    /// The automaton of a transition table that starts at its first state, without its useless states.
    init(partition: ScalarPartition, next: [Int32], accepting: [Bool]) {
        self.partition = partition
        self.next = next
        self.accepting = accepting
        trim()
    }

    /// The automaton over the given scalars that a function describes, state by state.
    ///
    /// - Parameters:
    ///   - start: the first state.
    ///   - alphabet: the scalars that lead anywhere.
    ///   - limits: bounds on states.
    ///   - step: the state after a scalar, or `nil`.
    ///   - accepts: whether a text may end in the state.
    /// - Returns: the automaton without useless states.
    /// - Throws: `tooLarge` when there are more states than allowed.
    static func explore<State: Hashable>(
        from start: State,
        alphabet: [UInt32],
        limits: GrammarLimits,
        step: (State, UInt32) -> State?,
        accepts: (State) -> Bool
    ) throws(GrammarError) -> TextAutomaton {
        let partition = ScalarPartition(separating: alphabet.map { ScalarRanges($0) })
        let columns = alphabet.map { Int(partition.classOf($0)) }
        var index: [State: Int32] = [start: 0]
        var states = [start]
        var next: [Int32] = []
        var accepting: [Bool] = []
        while accepting.count < states.count {
            let state = states[accepting.count]
            var row = [Int32](repeating: dead, count: partition.classCount)
            for (scalar, column) in zip(alphabet, columns) {
                guard let target = step(state, scalar) else { continue }
                if let known = index[target] {
                    row[column] = known
                } else {
                    row[column] = Int32(states.count)
                    index[target] = Int32(states.count)
                    states.append(target)
                }
            }
            next += row
            accepting.append(accepts(state))
            try limits.check(states: states.count, classes: partition.classCount)
        }
        return TextAutomaton(partition: partition, next: next, accepting: accepting)
    }

    /// The texts of at least and at most so many scalars.
    static func length(
        atLeast minimum: Int,
        atMost maximum: Int?,
        limits: GrammarLimits
    ) throws(GrammarError) -> TextAutomaton {
        let partition = ScalarPartition(separating: [.all])
        let count = max(minimum, maximum ?? minimum)
        guard count < limits.textStates else {
            throw .tooLarge("a length", limit: limits.textStates, at: "minLength or maxLength")
        }
        var next: [Int32] = []
        var accepting: [Bool] = []
        for state in 0...count {
            next += [dead, state < count ? Int32(state + 1) : (maximum == nil ? Int32(state) : dead)]
            accepting.append(state >= minimum && state <= maximum ?? .max)
        }
        return TextAutomaton(partition: partition, next: next, accepting: accepting)
    }

    /// Exactly these texts.
    static func literals(_ texts: [String], limits: GrammarLimits) throws(GrammarError) -> TextAutomaton {
        let alphabet = Set(texts.flatMap { $0.unicodeScalars.map(\.value) }).sorted()
        let partition = ScalarPartition(separating: alphabet.map { ScalarRanges($0) })
        var next = [Int32](repeating: dead, count: partition.classCount)
        var accepting = [false]
        for text in texts {
            var state = 0
            for scalar in text.unicodeScalars {
                let slot = state * partition.classCount + Int(partition.classOf(scalar.value))
                if next[slot] == dead {
                    next[slot] = Int32(accepting.count)
                    next += [Int32](repeating: dead, count: partition.classCount)
                    accepting.append(false)
                    try limits.check(states: accepting.count, classes: partition.classCount)
                }
                state = Int(next[slot])
            }
            accepting[state] = true
        }
        return TextAutomaton(partition: partition, next: next, accepting: accepting)
    }

    /// The state after a scalar.
    func step(_ state: Int32, _ scalar: UInt32) -> Int32 {
        state == Self.dead ? Self.dead : next[Int(state) * classCount + Int(partition.classOf(scalar))]
    }

    /// Whether the text is in the set.
    func contains(_ text: String) -> Bool {
        var state: Int32 = isEmpty ? Self.dead : 0
        for scalar in text.unicodeScalars { state = step(state, scalar.value) }
        return state != Self.dead && accepting[Int(state)]
    }

    /// Removes states that are not reachable or lead nowhere, and renumbers the others from the start.
    private mutating func trim() {
        let live = liveStates()
        guard live.first == true else {
            next = []
            accepting = []
            return
        }
        var number = [Int32](repeating: Self.dead, count: live.count)
        var order: [Int32] = [0]
        number[0] = 0
        var position = 0
        while position < order.count {
            let base = Int(order[position]) * classCount
            for target in next[base..<(base + classCount)] where target != Self.dead && live[Int(target)] {
                if number[Int(target)] == Self.dead {
                    number[Int(target)] = Int32(order.count)
                    order.append(target)
                }
            }
            position += 1
        }
        var trimmed: [Int32] = []
        trimmed.reserveCapacity(order.count * classCount)
        for state in order {
            let base = Int(state) * classCount
            for target in next[base..<(base + classCount)] {
                trimmed.append(target == Self.dead ? Self.dead : number[Int(target)])
            }
        }
        accepting = order.map { accepting[Int($0)] }
        next = trimmed
    }

    /// Per state whether an accepting one can be reached.
    private func liveStates() -> [Bool] {
        var live = accepting
        var sources = [[Int32]](repeating: [], count: accepting.count)
        for (slot, target) in next.enumerated() where target != Self.dead {
            let state = Int32(slot / classCount)
            if target != state, sources[Int(target)].last != state { sources[Int(target)].append(state) }
        }
        var pending = (0..<Int32(accepting.count)).filter { accepting[Int($0)] }
        while let state = pending.popLast() {
            for source in sources[Int(state)] where !live[Int(source)] {
                live[Int(source)] = true
                pending.append(source)
            }
        }
        return live
    }
}

extension GrammarLimits {
    /// Throws when an automaton over characters would have too many states or transitions, or the task is cancelled.
    func check(states: Int, classes: Int) throws(GrammarError) {
        if states > textStates { throw .tooLarge("the number of states of a text", limit: textStates, at: "a text") }
        if states * classes > textTransitions {
            throw .tooLarge("the number of transitions of a text", limit: textTransitions, at: "a text")
        }
        if states & 255 == 0 { try GrammarError.checkCancellation() }
    }
}
