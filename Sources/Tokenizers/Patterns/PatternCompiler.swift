/// Turns the tree of a regular expression into a program.
struct PatternCompiler {
    /// Programs have fewer instructions.
    static let limit = 20_000

    private(set) var program: [Pattern.Instruction] = []
    private(set) var sets: [ScalarSet] = []
    private(set) var registerCount = 0
    private let remembersGroups: Bool

    /// The program of the tree, without its end.
    init(_ node: PatternNode) {
        let groups = Self.referredGroups(node)
        remembersGroups = !groups.isEmpty
        registerCount = groups.isEmpty ? 0 : 2 * Self.groupCount(node) + 2
        compile(node)
    }

    /// Adds an instruction.
    mutating func emit(_ instruction: Pattern.Instruction) {
        program.append(instruction)
    }

    private static func parts(_ node: PatternNode) -> [PatternNode] {
        switch node {
        case .sequence(let nodes), .alternation(let nodes): nodes
        case .repetition(let node, _), .look(let node, _), .lookBehind(let node, _), .atomic(let node),
            .capture(_, let node):
            [node]
        case .set, .folded, .backreference, .assertion: []
        }
    }

    private static func referredGroups(_ node: PatternNode) -> [Int] {
        if case .backreference(let groups, _) = node { return groups }
        return parts(node).flatMap(referredGroups)
    }

    private static func groupCount(_ node: PatternNode) -> Int {
        let inner = parts(node).reduce(0) { max($0, groupCount($1)) }
        if case .capture(let number, _) = node { return max(number, inner) }
        return inner
    }

    private mutating func compile(_ node: PatternNode) {
        guard program.count < Self.limit else { return }
        switch node {
        case .set(let set): emit(.set(index(of: set)))
        case .folded(let text): emit(.folded(text))
        case .sequence(let nodes): for node in nodes { compile(node) }
        case .alternation(let nodes): compileAlternation(nodes)
        case .repetition(.set(let set), let repetition): emit(.loop(set: index(of: set), repetition))
        case .repetition(let node, let repetition): compileRepetition(node, repetition)
        case .look(let node, let isNegated):
            compileInner(node) { .look(end: $0, isNegated: isNegated) }
        case .lookBehind(let node, let isNegated):
            let (minimum, maximum) = node.length
            compileInner(node) { .lookBehind(end: $0, isNegated: isNegated, minimum: minimum, maximum: maximum) }
        case .atomic(let node): compileInner(node) { .atomic(end: $0) }
        case .capture(let number, let node):
            if remembersGroups { emit(.save(register: 2 * number)) }
            compile(node)
            if remembersGroups { emit(.save(register: 2 * number + 1)) }
        case .backreference(let groups, let ignoresCase): emit(.backreference(groups, ignoresCase: ignoresCase))
        case .assertion(let assertion): emit(.assertion(assertion))
        }
    }

    /// A program within the program, and before it the instruction that runs it and knows where it ends.
    private mutating func compileInner(_ node: PatternNode, _ instruction: (Int) -> Pattern.Instruction) {
        let start = reserve()
        compile(node)
        emit(.accept)
        program[start] = instruction(program.count)
    }

    private mutating func reserve() -> Int {
        emit(.accept)
        return program.count - 1
    }

    private mutating func index(of set: ScalarSet) -> Int {
        if let index = sets.firstIndex(of: set) { return index }
        sets.append(set)
        return sets.count - 1
    }

    private mutating func compileAlternation(_ nodes: [PatternNode]) {
        var exits: [Int] = []
        for node in nodes.dropLast() {
            let split = reserve()
            compile(node)
            exits.append(reserve())
            program[split] = .split(first: split + 1, second: program.count)
        }
        if let last = nodes.last { compile(last) }
        for exit in exits { program[exit] = .jump(program.count) }
    }

    private mutating func compileRepetition(_ node: PatternNode, _ repetition: PatternRepetition) {
        for _ in 0..<repetition.minimum {
            let start = program.count
            compile(node)
            // nothing to repeat, or no room for more
            if program.count == start || program.count >= Self.limit { break }
        }
        let isLazy = repetition.mode == .lazy
        guard let maximum = repetition.maximum else {
            compileLoop(node, isLazy)
            return
        }
        var splits: [Int] = []
        for _ in repetition.minimum..<max(maximum, repetition.minimum) where program.count < Self.limit {
            splits.append(reserve())
            compile(node)
        }
        for split in splits { program[split] = Self.split(body: split + 1, exit: program.count, isLazy) }
    }

    /// Any number of repetitions; one that consumes nothing is the last.
    private mutating func compileLoop(_ node: PatternNode, _ isLazy: Bool) {
        let split = reserve()
        let mayBeEmpty = node.length.minimum == 0
        let register = registerCount
        if mayBeEmpty {
            registerCount += 1
            emit(.save(register: register))
        }
        compile(node)
        let check = program.count
        if mayBeEmpty { emit(.leaveIfEmpty(register: register, exit: 0)) }
        emit(.jump(split))
        program[split] = Self.split(body: split + 1, exit: program.count, isLazy)
        if mayBeEmpty { program[check] = .leaveIfEmpty(register: register, exit: program.count) }
    }

    private static func split(body: Int, exit: Int, _ isLazy: Bool) -> Pattern.Instruction {
        isLazy ? .split(first: exit, second: body) : .split(first: body, second: exit)
    }
}
