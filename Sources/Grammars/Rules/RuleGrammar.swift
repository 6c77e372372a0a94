/// Rules that call each other, each an automaton whose edges are lexemes and calls.
///
/// It knows nothing about tokens, schemas or notations.
struct RuleGrammar: Sendable {
    /// A way from one state to another.
    enum Edge: Sendable, Hashable {
        /// Without text.
        case free(to: Int32)
        /// By a text of the lexeme.
        case lexeme(Int32, to: Int32)
        /// By a text of the rule.
        case call(Int32, to: Int32)
    }

    /// A place within a rule.
    struct State: Sendable {
        /// The ways on.
        var edges: [Edge] = []
        /// Whether the rule may end here.
        var isFinal = false
    }

    /// The states of all rules.
    var states: [State] = []
    /// Per rule, its first state.
    var starts: [Int32] = []
    /// The lexemes.
    private(set) var lexemes: [Lexeme] = []
    /// Whether members that the schema does not name can occur.
    private(set) var hasMemberNames = false
    private var lexemeIndex: [Lexeme: Int32] = [:]
    /// The rule of whole texts.
    var root: Int32 = 0
    /// Whether the empty text is one too.
    var acceptsEmpty = false
    /// Per rule, a number that is lower than those of the rules which it may begin with; made by `prepare`.
    private(set) var ranks: [Int32] = []
    /// Bounds on the number of states.
    let limits: GrammarLimits

    /// No rules.
    init(limits: GrammarLimits) { self.limits = limits }

    /// Adds a state without edges.
    mutating func addState(isFinal: Bool = false) throws(GrammarError) -> Int32 {
        guard states.count < limits.ruleStates else {
            throw .tooLarge("the number of states of all rules", limit: limits.ruleStates, at: "the grammar")
        }
        if states.count & 255 == 0 { try GrammarError.checkCancellation() }
        states.append(State(isFinal: isFinal))
        return Int32(states.count - 1)
    }

    /// Adds a rule that has nothing but its first state.
    mutating func addRule() throws(GrammarError) -> Int32 {
        starts.append(try addState())
        return Int32(starts.count - 1)
    }

    /// Adds a lexeme, if an equal one is not there yet.
    mutating func addLexeme(_ lexeme: Lexeme) -> Int32 {
        if let known = lexemeIndex[lexeme] { return known }
        lexemeIndex[lexeme] = Int32(lexemes.count)
        lexemes.append(lexeme)
        if lexeme.role == .memberName { hasMemberNames = true }
        return Int32(lexemes.count - 1)
    }

    /// Adds an edge.
    mutating func connect(_ from: Int32, _ edge: Edge) { states[Int(from)].edges.append(edge) }

    /// Makes the grammar ready for matching: no rule has the empty text, none begins with itself, nothing leads nowhere.
    ///
    /// - Throws: `unsatisfiable` when no text is left.
    mutating func prepare() throws(GrammarError) {
        try removeEmptyTexts()
        try removeLeftRecursion()
        try removeDeadEnds()
        rankRules()
    }

    private mutating func rankRules() {
        var heads = [[Int32]](repeating: [], count: starts.count)
        var callerCounts = [Int](repeating: 0, count: starts.count)
        for (rule, start) in starts.enumerated() {
            var seen: Set<Int32> = []
            var called: Set<Int32> = []
            var pending = [start]
            while let state = pending.popLast() {
                guard seen.insert(state).inserted else { continue }
                for edge in states[Int(state)].edges {
                    switch edge {
                    case .free(let target): pending.append(target)
                    case .lexeme: break
                    case .call(let other, _): called.insert(other)
                    }
                }
            }
            heads[rule] = Array(called)
            for other in called { callerCounts[Int(other)] += 1 }
        }
        ranks = [Int32](repeating: Int32(starts.count), count: starts.count)
        var pending = starts.indices.filter { callerCounts[$0] == 0 }
        var next: Int32 = 0
        while let rule = pending.popLast() {
            ranks[rule] = next
            next += 1
            for other in heads[rule] {
                callerCounts[Int(other)] -= 1
                if callerCounts[Int(other)] == 0 { pending.append(Int(other)) }
            }
        }
    }

    /// Removes edges that cannot be part of a finite text.
    private mutating func removeDeadEnds() throws(GrammarError) {
        var isProductive = [Bool](repeating: false, count: starts.count)
        var canFinish = states.map(\.isFinal)
        var sources = [[Int32]](repeating: [], count: states.count)
        var callers = [[(from: Int32, to: Int32)]](repeating: [], count: starts.count)
        for (index, state) in states.enumerated() {
            for edge in state.edges {
                switch edge {
                case .free(let target): sources[Int(target)].append(Int32(index))
                case .lexeme(let lexeme, let target):
                    if !lexemes[Int(lexeme)].texts.isEmpty { sources[Int(target)].append(Int32(index)) }
                case .call(let rule, let target): callers[Int(rule)].append((Int32(index), target))
                }
            }
        }
        var ruleOfStart: [Int32: [Int]] = [:]
        for (rule, start) in starts.enumerated() { ruleOfStart[start, default: []].append(rule) }
        var pending = (0..<Int32(states.count)).filter { canFinish[Int($0)] }
        while let state = pending.popLast() {
            var reached = sources[Int(state)]
            for rule in ruleOfStart[state] ?? [] where !isProductive[rule] {
                isProductive[rule] = true
                for (from, to) in callers[rule] {
                    if canFinish[Int(to)] { reached.append(from) } else { sources[Int(to)].append(from) }
                }
            }
            for source in reached where !canFinish[Int(source)] {
                canFinish[Int(source)] = true
                pending.append(source)
            }
        }
        for index in states.indices {
            states[index].edges.removeAll { edge in
                switch edge {
                case .free(let target): !canFinish[Int(target)]
                case .lexeme(let lexeme, let target):
                    !canFinish[Int(target)] || lexemes[Int(lexeme)].texts.isEmpty
                case .call(let rule, let target): !canFinish[Int(target)] || !isProductive[Int(rule)]
                }
            }
        }
        if !isProductive[Int(root)], !acceptsEmpty { throw .unsatisfiable(at: "the grammar's root") }
    }
}
