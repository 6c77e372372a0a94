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
            push(state)
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
        let (next, isLarge) = machine.use { [state, limit = grammar.memoryLimit] machine in
            var next = state
            for byte in bytes {
                next = machine.next(next, byte)
                if next == GrammarMachine.dead { break }
            }
            return (next, machine.byteCount > limit)
        }
        guard next != GrammarMachine.dead else { return false }
        push(next)
        if isLarge { migrate() }
        return true
    }

    private mutating func push(_ next: Int32) {
        states.append(next)
        if states.count > 2 * rollbackLimit + 2 { states.removeFirst(states.count - rollbackLimit - 1) }
    }

    /// Goes on in a machine that has room.
    private mutating func migrate() {
        let fresh = grammar.machine(replacing: machine)
        let kept = states.suffix(rollbackLimit + 1)
        states = fresh.use { target in
            machine.use { source in kept.map { target.adopt($0, from: source) } }
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
        return machine.use { [state] in $0.mask(of: state) }
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
