import MartletTokenizers

/// The automaton of a prepared grammar whose states, sets of places in rules with what is to be done after them, are
/// made when they are first reached and then kept with their masks.
///
/// It is used by one thread at a time; `CompiledGrammar` sees to that.
final class GrammarMachine {
    /// A lexeme's state and what follows the lexeme.
    struct Place: Hashable {
        var lexeme: Int32
        var rest: Int32
    }

    /// A state of a rule that goes on when what it called is complete, and what follows that rule.
    struct Rest: Hashable {
        var state: Int32
        var parent: Int32
    }

    /// What a machine's state is made of.
    struct Content: Hashable {
        var places: [Place]
        var canEnd: Bool
    }

    /// Nothing follows.
    static let none: Int32 = -1
    /// No next state.
    static let dead: Int32 = -1
    private static let unknown: Int32 = -2
    /// How many places a state may have; more are left out, which can only forbid texts.
    private static let placeLimit = 4096

    let grammar: RuleGrammar
    let vocabulary: TokenVocabulary
    var lexemes: LexemeMachine
    private(set) var rests: [Rest] = []
    private var restIndex: [Rest: Int32] = [:]
    private var openings: [Int32: Content] = [:]
    private var openingStates: [Int32: Int32] = [:]
    private(set) var contents: [Content] = []
    private var contentIndex: [Content: Int32] = [:]
    private var rows: [Int32] = []
    private var placeCount = 0
    var lexemeMasks: [Int32: LexemeMask] = [:]
    var masks: [Int32: [UInt64]] = [:]
    /// The token of states whose mask has one only.
    var singleTokens: [Int32: TokenID] = [:]
    /// Per lexeme its number among the vocabulary's shared masks, once it is known.
    var sharedNumbers: [Int32: Int?] = [:]
    /// The first state.
    private(set) var start: Int32 = 0

    init(grammar: RuleGrammar, vocabulary: TokenVocabulary) {
        self.grammar = grammar
        self.vocabulary = vocabulary
        lexemes = LexemeMachine(lexemes: grammar.lexemes)
        var first = Content(places: [], canEnd: grammar.acceptsEmpty)
        open(grammar.starts[Int(grammar.root)], Self.none, into: &first)
        start = intern(first)
    }

    /// How many bytes the states and masks take.
    var byteCount: Int {
        lexemes.byteCount + rows.count * 4 + rests.count * 48 + placeCount * 24
            + (masks.count + lexemeMasks.count) * vocabulary.maskWordCount * 8
    }

    /// The state after a byte, or `dead`.
    @inline(__always)
    func next(_ state: Int32, _ byte: UInt8) -> Int32 {
        let known = rows[Int(state) << 8 | Int(byte)]
        return known == Self.unknown ? compute(state, byte) : known
    }

    /// Whether the text may end in the state.
    func canEnd(_ state: Int32) -> Bool { contents[Int(state)].canEnd }

    private func compute(_ state: Int32, _ byte: UInt8) -> Int32 {
        var result = Content(places: [], canEnd: false)
        for place in contents[Int(state)].places {
            let target = lexemes.next(place.lexeme, byte)
            guard target != LexemeMachine.dead else { continue }
            if lexemes.continues[Int(target)] { result.places.append(Place(lexeme: target, rest: place.rest)) }
            if lexemes.accepting[Int(target)] { merge(opening(of: place.rest), into: &result) }
        }
        let target = result.places.isEmpty && !result.canEnd ? Self.dead : intern(result)
        rows[Int(state) << 8 | Int(byte)] = target
        return target
    }

    private func merge(_ other: Content, into content: inout Content) {
        content.canEnd = content.canEnd || other.canEnd
        content.places += other.places.prefix(max(0, Self.placeLimit - content.places.count))
    }

    /// The number of a state.
    func intern(_ content: Content) -> Int32 {
        var content = content
        if content.places.count > 1 {
            content.places.sort { ($0.lexeme, $0.rest) < ($1.lexeme, $1.rest) }
            var kept = 1
            for index in 1..<content.places.count where content.places[index] != content.places[kept - 1] {
                content.places[kept] = content.places[index]
                kept += 1
            }
            content.places.removeLast(content.places.count - kept)
        }
        if let known = contentIndex[content] { return known }
        let number = Int32(contents.count)
        contentIndex[content] = number
        contents.append(content)
        placeCount += content.places.count
        rows.append(contentsOf: repeatElement(Self.unknown, count: 256))
        return number
    }

    func intern(_ rest: Rest) -> Int32 {
        if let known = restIndex[rest] { return known }
        restIndex[rest] = Int32(rests.count)
        rests.append(rest)
        return Int32(rests.count - 1)
    }

    /// What may come after a lexeme that is followed by `rest`.
    private func opening(of rest: Int32) -> Content {
        if let known = openings[rest] { return known }
        var content = Content(places: [], canEnd: false)
        let (state, parent) = (rests[Int(rest)].state, rests[Int(rest)].parent)
        open(state, parent, into: &content)
        openings[rest] = content
        return content
    }

    /// The state of what may come after a lexeme that is followed by `rest`.
    func openingState(of rest: Int32) -> Int32 {
        if let known = openingStates[rest] { return known }
        let state = intern(opening(of: rest))
        openingStates[rest] = state
        return state
    }

    /// Adds the places that a rule's state reaches without text.
    private func open(_ state: Int32, _ parent: Int32, into content: inout Content) {
        var seen: Set<Rest> = []
        var pending = [Rest(state: state, parent: parent)]
        while let current = pending.popLast(), content.places.count < Self.placeLimit {
            guard seen.insert(current).inserted else { continue }
            let state = grammar.states[Int(current.state)]
            if state.isFinal {
                if current.parent == Self.none {
                    content.canEnd = true
                } else {
                    pending.append(rests[Int(current.parent)])
                }
            }
            for edge in state.edges {
                switch edge {
                case .free(let target): pending.append(Rest(state: target, parent: current.parent))
                case .lexeme(let lexeme, let target):
                    let start = lexemes.start(of: lexeme)
                    let rest = after(target, current.parent)
                    if lexemes.continues[Int(start)] { content.places.append(Place(lexeme: start, rest: rest)) }
                case .call(let rule, let target):
                    let rest = isReturn(target) ? current.parent : intern(Rest(state: target, parent: current.parent))
                    pending.append(Rest(state: grammar.starts[Int(rule)], parent: rest))
                }
            }
        }
    }

    /// The number of what follows a lexeme.
    private func after(_ state: Int32, _ parent: Int32) -> Int32 { intern(Rest(state: state, parent: parent)) }

    /// Whether the state does nothing but return, so that its caller may be returned to at once.
    private func isReturn(_ state: Int32) -> Bool {
        grammar.states[Int(state)].isFinal && grammar.states[Int(state)].edges.isEmpty
    }

    /// The number that a state of another machine of the same grammar has here.
    func adopt(_ state: Int32, from other: GrammarMachine) -> Int32 {
        var known: [Int32: Int32] = [Self.none: Self.none]
        func adopt(rest: Int32) -> Int32 {
            var chain: [Int32] = []
            var rest = rest
            while known[rest] == nil {
                chain.append(rest)
                rest = other.rests[Int(rest)].parent
            }
            for link in chain.reversed() {
                let old = other.rests[Int(link)]
                known[link] = intern(Rest(state: old.state, parent: known[old.parent] ?? Self.none))
            }
            return known[chain.first ?? rest] ?? Self.none
        }
        var content = other.contents[Int(state)]
        for index in content.places.indices {
            let place = content.places[index]
            content.places[index] = Place(
                lexeme: lexemes.intern(other.lexemes.states[Int(place.lexeme)]),
                rest: adopt(rest: place.rest)
            )
        }
        return intern(content)
    }
}
