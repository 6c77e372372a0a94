import MartletOutputParsing
import Testing

@Suite struct StopStringMatcherTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let stops: [String]
        let pieces: [String]
        let texts: [String]
        let stop: String?
        var includes = false
        var testDescription: String { "\(stops) in \(pieces)" }
    }

    static let cases = [
        Case(stops: ["END"], pieces: ["one E", "N", "D two"], texts: ["one ", "", ""], stop: "END"),
        Case(
            stops: ["END"],
            pieces: ["one E", "N", "D two"],
            texts: ["one ", "", "END"],
            stop: "END",
            includes: true
        ),
        Case(stops: ["END"], pieces: ["one EN", "EN", "!"], texts: ["one ", "EN", "EN!"], stop: nil),
        Case(stops: ["\n\n"], pieces: ["a\n", "b\n", "\n"], texts: ["a", "\nb", ""], stop: "\n\n"),
        Case(stops: ["abcd", "bc"], pieces: ["a", "b", "c"], texts: ["", "", "a"], stop: "bc"),
        Case(stops: ["abc", "bc"], pieces: ["xab", "c"], texts: ["x", ""], stop: "abc"),
        Case(stops: ["bc", "abc"], pieces: ["xab", "c"], texts: ["x", "a"], stop: "bc"),
        Case(stops: ["aab"], pieces: ["aaa", "b"], texts: ["a", ""], stop: "aab"),
        Case(stops: ["é"], pieces: ["e\u{301}", "é"], texts: ["e\u{301}", ""], stop: "é"),
        Case(stops: ["🙂🙃"], pieces: ["a🙂", "🙂", "🙃b"], texts: ["a", "🙂", ""], stop: "🙂🙃"),
        Case(stops: [], pieces: ["a", "", "b"], texts: ["a", "", "b"], stop: nil),
        Case(stops: [""], pieces: ["a", "b"], texts: ["a", "b"], stop: nil),
        Case(stops: ["x"], pieces: ["x", "y"], texts: ["", ""], stop: "x"),
    ]

    @Test(arguments: cases) func `holds back and stops`(_ example: Case) {
        var matcher = StopStringMatcher(stopStrings: example.stops, includesStop: example.includes)
        var stop: String?
        var texts: [String] = []
        for piece in example.pieces {
            let output = matcher.append(piece)
            texts.append(output.text)
            stop = stop ?? output.stopString
        }
        #expect(texts.map { Array($0.utf8) } == example.texts.map { Array($0.utf8) })
        #expect(stop == example.stop)
        #expect(matcher.isStopped == (example.stop != nil))
    }

    @Test func `flushes what was held`() {
        var matcher = StopStringMatcher(stopStrings: ["STOP"], includesStop: false)
        #expect(matcher.append("a ST").text == "a ")
        #expect(matcher.finish() == "ST")
    }

    @Test func `nothing follows a stop`() {
        var matcher = StopStringMatcher(stopStrings: ["."], includesStop: true)
        #expect(matcher.append("a. b").text == "a.")
        #expect(matcher.append("c.") == .init(text: "", stopString: nil))
        #expect(matcher.finish() == "")
    }

    @Test func `unmatched pieces may begin a stop string but not end one`() {
        var matcher = StopStringMatcher(stopStrings: ["ab"], includesStop: false)
        #expect(matcher.appendUnmatched("ab a") == "ab ")
        #expect(matcher.append("b") == .init(text: "", stopString: "ab"))
        var longer = StopStringMatcher(stopStrings: ["ab", "abc"], includesStop: false)
        #expect(longer.appendUnmatched("xab") == "x")
        #expect(longer.append("c") == .init(text: "", stopString: "abc"))
    }

    /// The stop string that completes first in the whole text, by trying every end; the obvious slow way.
    static func oracle(_ text: [UInt8], _ stops: [String], includes: Bool) -> (text: [UInt8], stop: String?) {
        for end in 0...text.count {
            for stop in stops where !stop.isEmpty && text[..<end].reversed().starts(with: stop.utf8.reversed()) {
                return (Array(text[..<(includes ? end : end - stop.utf8.count)]), stop)
            }
        }
        return (text, nil)
    }

    @Test func `random splits equal the whole text`() {
        var random = SplitMix(state: 42)
        let alphabet = ["a", "b", "ab", "é", "🙂", "\n"]
        for _ in 0..<20_000 {
            func word(_ limit: Int) -> String {
                (0..<Int.random(in: 1...limit, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }.joined()
            }
            let stops = (0..<Int.random(in: 1...4, using: &random)).map { _ in word(4) }
            let pieces = (0..<Int.random(in: 1...12, using: &random)).map { _ in word(3) }
            let includes = Bool.random(using: &random)
            let expected = Self.oracle(Array(pieces.joined().utf8), stops, includes: includes)
            var matcher = StopStringMatcher(stopStrings: stops, includesStop: includes)
            var text: [UInt8] = []
            var fed: [UInt8] = []
            var stop: String?
            for piece in pieces where !matcher.isStopped {
                let output = matcher.append(piece)
                fed += Array(piece.utf8)
                text += Array(output.text.utf8)
                stop = output.stopString
                if stop == nil {
                    #expect(heldIsOpen(fed.count - text.count, fed, stops), "\(stops) \(pieces)")
                }
            }
            text += Array(matcher.finish().utf8)
            #expect(text == expected.text, "\(stops) \(pieces)")
            #expect(stop == expected.stop, "\(stops) \(pieces)")
        }
    }

    /// Whether exactly so many last bytes begin a stop string, and no more do.
    private func heldIsOpen(_ count: Int, _ fed: [UInt8], _ stops: [String]) -> Bool {
        let open = (0...fed.count).last { length in
            length == 0 || stops.contains { $0.utf8.count > length && $0.utf8.starts(with: fed.suffix(length)) }
        }
        return open == count
    }
}

/// A small seeded generator, so that a failure repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
