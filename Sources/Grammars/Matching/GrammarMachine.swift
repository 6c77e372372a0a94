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

    /// A state of a rule that goes on when what it called is complete, and what follows that rule, as a number of `follows`.
    struct Rest: Hashable {
        var state: Int32
        var parent: Int32
    }

    /// What a machine's state is made of.
    struct Content: Hashable {
        var places: [Place]
        var canEnd: Bool
    }

    /// The number in `follows` where nothing follows.
    static let none: Int32 = 0
    /// In an element of `follows`: the text may end.
    private static let end: Int32 = -1
    /// No next state.
    static let dead: Int32 = -1
    private static let unknown: Int32 = -2
    /// How many places a state may have; more are left out, which can only forbid texts.
    ///
    /// Rules that are called in one place of a text share what follows them, so that a state has so many only where parts
    /// of a grammar may begin at thousands of places before.
    private static let placeLimit = 4096

    let grammar: RuleGrammar
    let vocabulary: TokenVocabulary
    var lexemes: LexemeMachine
    private(set) var rests: [Rest] = []
    private var restIndex: [Rest: Int32] = [:]
    /// What may follow a rule where it was called: sorted numbers of rests, or `end`.
    private(set) var follows: [[Int32]] = [[end]]
    private var followIndex: [[Int32]: Int32] = [[end]: none]
    private var followCount = 0
    private var openings: [Int32: Content] = [:]
    private var jointOpenings: [[Int32]: Content] = [:]
    private var openingStates: [Int32: Int32] = [:]
    private(set) var contents: [Content] = []
    private(set) var nameMarks: [NameMarks] = []
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
        var first = opened([Rest(state: grammar.starts[Int(grammar.root)], parent: Self.none)])
        first.canEnd = grammar.acceptsEmpty
        start = intern(first)
    }

    /// How many bytes the states and masks take.
    var byteCount: Int {
        lexemes.byteCount + rows.count * 4 + rests.count * 48 + placeCount * 24 + followCount * 12
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
        var complete: [Int32] = []
        for place in contents[Int(state)].places {
            let target = lexemes.next(place.lexeme, byte)
            guard target != LexemeMachine.dead else { continue }
            if lexemes.continues[Int(target)] { result.places.append(Place(lexeme: target, rest: place.rest)) }
            if lexemes.accepting[Int(target)] { complete.append(place.rest) }
        }
        if complete.count > 1 { complete = Self.united(complete) }
        if let first = complete.first {
            let other = complete.count == 1 ? opening(of: first) : opening(of: complete)
            result.canEnd = other.canEnd
            result.places += other.places.prefix(max(0, Self.placeLimit - result.places.count))
        }
        let target = result.places.isEmpty && !result.canEnd ? Self.dead : intern(result)
        rows[Int(state) << 8 | Int(byte)] = target
        return target
    }

    /// The numbers in order, each once.
    private static func united(_ numbers: [Int32]) -> [Int32] {
        let sorted = numbers.sorted()
        return sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }.map { sorted[$0] }
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
        nameMarks.append(nameMarks(of: content.places))
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

    /// The number of what may follow a rule.
    private func intern(follows members: [Int32]) -> Int32 {
        if let known = followIndex[members] { return known }
        followIndex[members] = Int32(follows.count)
        follows.append(members)
        followCount += members.count + 8
        return Int32(follows.count - 1)
    }

    /// What may come after a lexeme that is followed by `rest`.
    private func opening(of rest: Int32) -> Content {
        if let known = openings[rest] { return known }
        let content = opened([rests[Int(rest)]])
        openings[rest] = content
        return content
    }

    /// What may come where several lexemes are complete.
    private func opening(of complete: [Int32]) -> Content {
        if let known = jointOpenings[complete] { return known }
        let content = opened(complete.map { rests[Int($0)] })
        jointOpenings[complete] = content
        followCount += complete.count + 8
        return content
    }

    /// The state of what may come after a lexeme that is followed by `rest`.
    func openingState(of rest: Int32) -> Int32 {
        if let known = openingStates[rest] { return known }
        let state = intern(opening(of: rest))
        openingStates[rest] = state
        return state
    }

    /// The places that states of rules reach without text.
    ///
    /// A rule that is called from several of them is entered once, with all that may follow it.
    private func opened(_ entries: [Rest]) -> Content {
        var content = Content(places: [], canEnd: false)
        var calls = RuleCalls()
        reach(entries, &content, &calls)
        while let (rule, callers) = calls.removeFirst() {
            let parent = intern(follows: Self.united(callers))
            reach([Rest(state: grammar.starts[Int(rule)], parent: parent)], &content, &calls)
        }
        return content
    }

    /// Calls of rules in one place of a text, rules that may begin with others before those.
    private struct RuleCalls {
        private var callers: [Int32: [Int32]] = [:]
        private var order = RankedNumbers()

        mutating func add(_ rule: Int32, rank: Int32, _ followers: [Int32]) {
            if callers[rule] == nil { order.insert(rank, rule) }
            callers[rule, default: []] += followers
        }

        mutating func removeFirst() -> (rule: Int32, callers: [Int32])? {
            guard let rule = order.removeFirst() else { return nil }
            return (rule, callers.removeValue(forKey: rule) ?? [])
        }
    }

    /// Adds the lexemes that states reach by free edges and returns, and collects the calls.
    private func reach(_ entries: [Rest], _ content: inout Content, _ calls: inout RuleCalls) {
        var seen: Set<Rest> = []
        var pending = entries
        while let current = pending.popLast(), content.places.count < Self.placeLimit {
            guard seen.insert(current).inserted else { continue }
            let state = grammar.states[Int(current.state)]
            if state.isFinal {
                for member in follows[Int(current.parent)] {
                    if member == Self.end { content.canEnd = true } else { pending.append(rests[Int(member)]) }
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
                    let followers =
                        isReturn(target)
                        ? follows[Int(current.parent)] : [intern(Rest(state: target, parent: current.parent))]
                    calls.add(rule, rank: grammar.ranks[Int(rule)], followers)
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
        var known: [Int32: Int32] = [:]
        var content = other.contents[Int(state)]
        for index in content.places.indices {
            let place = content.places[index]
            let rest = other.rests[Int(place.rest)]
            let parent = adopt(follows: rest.parent, from: other, &known)
            content.places[index] = Place(
                lexeme: lexemes.intern(other.lexemes.states[Int(place.lexeme)]),
                rest: intern(Rest(state: rest.state, parent: parent))
            )
        }
        return intern(content)
    }

    /// The number that what may follow a rule has here, by its number in another machine of the same grammar.
    func adopt(follows number: Int32, from other: GrammarMachine, _ known: inout [Int32: Int32]) -> Int32 {
        var pending = [number]
        while let current = pending.last {
            if known[current] != nil {
                pending.removeLast()
                continue
            }
            let parents = other.follows[Int(current)].filter { $0 != Self.end }.map { other.rests[Int($0)].parent }
            let missing = parents.filter { known[$0] == nil }
            if !missing.isEmpty {
                pending += missing
                continue
            }
            let members = other.follows[Int(current)].map { member -> Int32 in
                if member == Self.end { return Self.end }
                let rest = other.rests[Int(member)]
                return intern(Rest(state: rest.state, parent: known[rest.parent] ?? Self.none))
            }
            known[current] = intern(follows: Self.united(members))
        }
        return known[number] ?? Self.none
    }
}

/// Numbers in the order of their ranks.
private struct RankedNumbers {
    private var elements: [(rank: Int32, number: Int32)] = []

    mutating func insert(_ rank: Int32, _ number: Int32) {
        let place = elements.firstIndex { $0.rank < rank } ?? elements.count
        elements.insert((rank, number), at: place)
    }

    /// Takes out the number of the lowest rank.
    mutating func removeFirst() -> Int32? { elements.popLast()?.number }
}
