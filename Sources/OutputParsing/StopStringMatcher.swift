/// Finds stop strings in text that arrives in pieces, and holds back only what could still become one.
///
/// The pieces joined up to a match are the whole text cut at the stop string, however the text was split. The match that
/// completes first wins; of several that complete at the same byte, the one listed first. Work is on UTF-8 bytes, so
/// canonically equivalent texts are different texts, as they are to the reference.
///
/// - Complexity: amortized O(1) per byte of text, whatever the number of stop strings.
package struct StopStringMatcher: Sendable {
    /// What one piece of text led to.
    package struct Output: Sendable, Hashable {
        /// Text that is final: nothing in it can become part of a stop string any more.
        package var text: String
        /// The stop string that this piece completed; the text ends before it, or with it when stops are included.
        package var stopString: String?

        /// An output.
        package init(text: String, stopString: String? = nil) {
            self.text = text
            self.stopString = stopString
        }
    }

    private let automaton: StopStringAutomaton
    private let includesStop: Bool
    private var state = 0
    private var held: [UInt8] = []

    /// Whether a stop string has been found: later pieces yield nothing.
    package private(set) var isStopped = false

    /// A matcher at the start of a text.
    ///
    /// - Parameters:
    ///   - stopStrings: what ends the text; empty ones are never found.
    ///   - includesStop: whether the stop string found is part of the text.
    package init(stopStrings: [String], includesStop: Bool) {
        automaton = StopStringAutomaton(stopStrings)
        self.includesStop = includesStop
    }

    /// Takes the next piece and says what can be shown.
    ///
    /// - Parameter piece: whole characters; may be empty.
    /// - Returns: the text that can be shown, and the stop string that the piece completed.
    package mutating func append(_ piece: String) -> Output {
        consume(piece, accepts: true)
    }

    /// Takes a piece in which no stop string may end; one may begin in it and end in a later piece.
    ///
    /// - Parameter piece: whole characters; may be empty.
    /// - Returns: the text that can be shown.
    package mutating func appendUnmatched(_ piece: String) -> String {
        consume(piece, accepts: false).text
    }

    /// Ends the text.
    ///
    /// - Returns: what was held back, or nothing after a stop string.
    package mutating func finish() -> String {
        defer {
            held = []
            state = 0
        }
        return isStopped ? "" : String(decoding: held, as: UTF8.self)
    }

    private mutating func consume(_ piece: String, accepts: Bool) -> Output {
        if isStopped { return Output(text: "") }
        if automaton.isEmpty { return Output(text: piece) }
        for byte in piece.utf8 {
            held.append(byte)
            state = automaton.next(state, byte)
            if accepts, let index = automaton.stop(at: state) { return stop(index) }
        }
        let kept = automaton.openLength(state)
        let text = String(decoding: held[..<(held.count - kept)], as: UTF8.self)
        held.removeFirst(held.count - kept)
        return Output(text: text)
    }

    private mutating func stop(_ index: Int) -> Output {
        let stopString = automaton.stopStrings[index]
        let end = includesStop ? held.count : held.count - stopString.utf8.count
        let text = String(decoding: held[..<end], as: UTF8.self)
        isStopped = true
        held = []
        return Output(text: text, stopString: stopString)
    }
}

/// The Aho–Corasick automaton of a list of stop strings, on bytes.
private struct StopStringAutomaton: Sendable {
    let stopStrings: [String]
    private var edges: [Int: Int] = [:]
    private var failure = [0]
    private var depth = [0]
    private var isLeaf = [true]
    private var firstStop: [Int?] = [nil]

    init(_ stopStrings: [String]) {
        self.stopStrings = stopStrings
        for (index, text) in stopStrings.enumerated() where !text.isEmpty { insert(Array(text.utf8), index) }
        link()
    }

    /// Whether there is nothing to find.
    var isEmpty: Bool { edges.isEmpty }

    /// The longest suffix of the text so far that begins a stop string, as a state.
    func next(_ state: Int, _ byte: UInt8) -> Int {
        var state = state
        while true {
            if let target = edges[state << 8 | Int(byte)] { return target }
            if state == 0 { return 0 }
            state = failure[state]
        }
    }

    /// The first in the list of the stop strings that end here.
    func stop(at state: Int) -> Int? { firstStop[state] }

    /// The length of the longest suffix that can still become a stop string.
    func openLength(_ state: Int) -> Int {
        var state = state
        while state != 0, isLeaf[state] { state = failure[state] }
        return depth[state]
    }

    private mutating func insert(_ bytes: [UInt8], _ index: Int) {
        var state = 0
        for byte in bytes {
            let key = state << 8 | Int(byte)
            if let target = edges[key] {
                state = target
                continue
            }
            isLeaf[state] = false
            edges[key] = depth.count
            depth.append(depth[state] + 1)
            state = depth.count - 1
            failure.append(0)
            isLeaf.append(true)
            firstStop.append(nil)
        }
        firstStop[state] = firstStop[state] ?? index
    }

    /// Sets the failure links, shallow states first.
    private mutating func link() {
        let ordered = edges.sorted { depth[$0.value] < depth[$1.value] }
        for (key, state) in ordered {
            let parent = key >> 8
            if parent != 0 { failure[state] = next(failure[parent], UInt8(key & 0xFF)) }
            if let inherited = firstStop[failure[state]] {
                firstStop[state] = min(firstStop[state] ?? inherited, inherited)
            }
        }
    }
}
