package import MartletTokenizers

/// One text on its way through a grammar, token by token.
///
/// A value: a copy goes its own way. Masks and states are shared with all matchers of the grammar.
package struct GrammarMatcher: Sendable {
    /// The grammar that the text must satisfy.
    package let grammar: CompiledGrammar
    private var machine: CompiledGrammar.SharedMachine
    /// The states after each token that can be taken back, the first one before any.
    private var states: [Int32]
    /// As many, where members' names matter.
    private var names: [MemberNames] = []
    /// Whether an end token was accepted.
    package private(set) var isTerminated = false
    /// How many tokens can be taken back at most.
    private let rollbackLimit: Int

    /// A matcher at the beginning of a text.
    ///
    /// - Parameters:
    ///   - grammar: what the text must satisfy.
    ///   - rollbackLimit: how many tokens can be taken back at most.
    package init(_ grammar: CompiledGrammar, rollbackLimit: Int = 64) {
        self.grammar = grammar
        self.rollbackLimit = max(0, rollbackLimit)
        machine = grammar.machine
        states = [machine.use { $0.start }]
        if grammar.grammar.hasMemberNames { names = [MemberNames()] }
    }

    private var state: Int32 { states[states.count - 1] }

    /// Whether the text may end here, so that an end token is allowed.
    package var canEnd: Bool { machine.use { [state] in $0.canEnd(state) } }

    /// Takes one token.
    ///
    /// - Returns: whether the grammar allows it; if not, nothing changes.
    /// - Complexity: O(bytes of the token).
    package mutating func accept(_ token: TokenID) -> Bool {
        if isTerminated { return false }
        if grammar.vocabulary.endTokens.contains(token) {
            guard canEnd else { return false }
            isTerminated = true
            push(state, names.last)
            return true
        }
        let bytes = grammar.vocabulary.bytes(of: token)
        return bytes.isEmpty ? false : accept(bytes: bytes)
    }

    /// Takes bytes as if they were one token.
    ///
    /// - Returns: whether the grammar allows them; if not, nothing changes.
    package mutating func accept(bytes: some Collection<UInt8> & Sendable) -> Bool {
        if isTerminated { return false }
        let (next, nextNames, isLarge) = machine.use {
            [state, names = names.last, limit = grammar.memoryLimit] machine in
            let (next, nextNames) = Self.follow(bytes, state, names, machine)
            return (next, nextNames, machine.byteCount > limit)
        }
        guard next != GrammarMachine.dead else { return false }
        push(next, nextNames)
        if isLarge { migrate() }
        return true
    }

    /// The state after bytes, `dead` where they are not allowed.
    private static func follow(
        _ bytes: some Collection<UInt8>,
        _ state: Int32,
        _ names: MemberNames?,
        _ machine: GrammarMachine
    ) -> (Int32, MemberNames?) {
        var next = state
        guard var followed = names else {
            for byte in bytes where next != GrammarMachine.dead { next = machine.next(next, byte) }
            return (next, nil)
        }
        var isRepeated = false
        for byte in bytes {
            if machine.follow(&followed, next, byte) { isRepeated = true }
            next = machine.next(next, byte)
            if next == GrammarMachine.dead { return (next, nil) }
        }
        if isRepeated, let names, machine.mask(of: state, without: names) != nil { return (GrammarMachine.dead, nil) }
        return (next, followed)
    }

    private mutating func push(_ next: Int32, _ nextNames: MemberNames?) {
        states.append(next)
        if let nextNames { names.append(nextNames) }
        if states.count > 2 * rollbackLimit + 2 {
            let surplus = states.count - rollbackLimit - 1
            states.removeFirst(surplus)
            if !names.isEmpty { names.removeFirst(surplus) }
        }
    }

    /// Goes on in a machine that has room.
    private mutating func migrate() {
        let fresh = grammar.machine(replacing: machine)
        let kept = states.suffix(rollbackLimit + 1)
        (states, names) = fresh.use { target in
            machine.use { [names] source in
                var known: [Int32: Int32] = [:]
                return (
                    kept.map { target.adopt($0, from: source) },
                    names.suffix(kept.count).map { $0.renumbered { target.adopt(follows: $0, from: source, &known) } }
                )
            }
        }
        machine = fresh
    }

    /// Takes back the last tokens, an end token too.
    ///
    /// - Returns: `false`, with nothing changed, when fewer tokens can be taken back.
    package mutating func rollback(_ count: Int) -> Bool {
        guard count >= 0, count < states.count, count <= rollbackLimit else { return false }
        if count > 0 {
            states.removeLast(count)
            if !names.isEmpty { names.removeLast(count) }
            isTerminated = false
        }
        return true
    }

    /// Writes which tokens may come next: bit `id % 64` of word `id / 64`; no token once the text has ended.
    ///
    /// - Parameter words: at least `vocabulary.maskWordCount` words; further ones become 0.
    /// - Returns: whether any token is allowed.
    package func fillMask(_ words: inout [UInt64]) -> Bool {
        let mask = allowedTokens()
        var any: UInt64 = 0
        for index in words.indices {
            words[index] = index < mask.count ? mask[index] : 0
            any |= words[index]
        }
        return any != 0
    }

    /// The mask of the tokens that may come next; shares its storage with the grammar.
    package func allowedTokens() -> [UInt64] {
        if isTerminated { return [UInt64](repeating: 0, count: grammar.vocabulary.maskWordCount) }
        return machine.use { [state, names = names.last] machine in
            names.flatMap { machine.mask(of: state, without: $0) } ?? machine.mask(of: state)
        }
    }

    /// The one token that may come next, where there is one only and that is known without a search.
    package var forcedToken: TokenID? {
        if isTerminated { return nil }
        return machine.use { [state] in $0.knownSingleToken(of: state) }
    }

    /// The bytes that every text goes on with from here, at most so many.
    ///
    /// They may be put in place of generated ones; they end where there is a choice or the text may end.
    package func forcedBytes(limit: Int = 256) -> [UInt8] {
        if isTerminated { return [] }
        return machine.use { [state] machine in
            var state = state
            var bytes: [UInt8] = []
            while bytes.count < limit, !machine.canEnd(state) {
                var only: (byte: UInt8, next: Int32)?
                for byte in UInt8.min...UInt8.max {
                    let next = machine.next(state, byte)
                    if next == GrammarMachine.dead { continue }
                    if only != nil { return bytes }
                    only = (byte, next)
                }
                guard let only else { return bytes }
                bytes.append(only.byte)
                state = only.next
            }
            return bytes
        }
    }
}
