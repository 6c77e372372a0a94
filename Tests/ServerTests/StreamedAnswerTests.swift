import HTTPTypes
import HummingbirdTesting
import MartletJSON
import MartletServer
import Testing

/// A streamed answer and the whole one to the same request say the same.
@Suite struct StreamedAnswerTests {
    /// Bytes that make characters of one, two and three bytes, and broken ones; 256 is a special token.
    private static let bytes = [0x78, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0x0A, 256]
    private static let stops = ["éx", "xé", "€", "xx", "\u{FFFD}x", "é\n", "x\nx"]

    /// The members that both kinds of request have.
    private static func fields(_ random: inout SeededGenerator, seed: Int) -> JSONObject {
        var fields = JSONObject([
            ("model", "tiny"), ("temperature", 1), ("seed", .integer(seed)), ("ignore_eos", true),
            ("n", .integer(Int.random(in: 1...3, using: &random))),
            ("max_tokens", .integer(Int.random(in: 1...24, using: &random))),
            ("allowed_token_ids", .array(bytes.map { .integer($0) })),
            ("return_token_ids", .bool(Bool.random(using: &random))),
            ("skip_special_tokens", .bool(Bool.random(using: &random))),
            ("include_stop_str_in_output", .bool(Bool.random(using: &random))),
        ])
        let wanted = stops.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
        if !wanted.isEmpty { fields["stop"] = .array(wanted.map { .string($0) }) }
        return fields
    }

    @Test func completions() async throws {
        let server = try await TestServer()
        for seed in 0..<48 {
            var random = SeededGenerator(seed: UInt64(seed))
            var fields = Self.fields(&random, seed: seed)
            fields["prompt"] = Bool.random(using: &random) ? "a€" : ["ab", "é"]
            if seed.isMultiple(of: 2) {
                fields["logprobs"] = .integer(Int.random(in: 0...3, using: &random))
            } else {
                fields["echo"] = .bool(Bool.random(using: &random))
            }
            let (whole, streamed) = try await Self.answers(server, "/v1/completions", fields)
            for choice in try #require(whole["choices"]?.array) {
                let events = streamed.events(of: choice["index"])
                #expect(Self.joined(events, "text") == choice["text"]?.string, "seed \(seed)")
                Self.expectSameEnd(events, choice, "seed \(seed)")
                #expect(Self.gathered(events, "token_ids") == choice["token_ids"], "seed \(seed)")
                for list in ["text_offset", "token_logprobs", "tokens", "top_logprobs"] {
                    let parts = events.compactMap { $0["logprobs"]?[list]?.array }
                    #expect(.array(parts.flatMap { $0 }) == choice["logprobs"]?[list] ?? [], "seed \(seed) \(list)")
                }
                Self.expectAlignment(choice, "seed \(seed)")
            }
            #expect(streamed.usage == Self.counts(whole["usage"]), "seed \(seed)")
        }
    }

    @Test func chats() async throws {
        let server = try await TestServer()
        for seed in 0..<48 {
            var random = SeededGenerator(seed: UInt64(1000 + seed))
            var fields = Self.fields(&random, seed: seed)
            fields["messages"] = [["role": "user", "content": "é"], ["role": "assistant", "content": "a€"]]
            fields["echo"] = .bool(Bool.random(using: &random))
            if seed.isMultiple(of: 2) {
                fields["logprobs"] = true
                fields["top_logprobs"] = .integer(Int.random(in: 0...3, using: &random))
            }
            let (whole, streamed) = try await Self.answers(server, "/v1/chat/completions", fields)
            for choice in try #require(whole["choices"]?.array) {
                let events = streamed.events(of: choice["index"])
                #expect(events.first?["delta"]?["role"] == "assistant")
                let text = events.compactMap { $0["delta"]?["content"]?.string }.joined()
                #expect(text == choice["message"]?["content"]?.string, "seed \(seed)")
                Self.expectSameEnd(events, choice, "seed \(seed)")
                #expect(Self.gathered(events, "token_ids") == choice["token_ids"], "seed \(seed)")
                let parts = events.compactMap { $0["logprobs"]?["content"]?.array }
                #expect(.array(parts.flatMap { $0 }) == choice["logprobs"]?["content"] ?? [], "seed \(seed)")
            }
            #expect(streamed.usage == Self.counts(whole["usage"]), "seed \(seed)")
        }
    }

    // MARK: - Asking

    /// The events of a stream, but for the last one.
    private struct Stream {
        let events: [JSONValue]

        /// Of one choice, in order.
        func events(of index: JSONValue?) -> [JSONValue] {
            events.compactMap { $0["choices"]?.array?.first }.filter { $0["index"] == index }
        }

        /// The counts of the last event, which has no choices.
        var usage: [JSONValue?] {
            guard let last = events.last, last["choices"] == [] else { return [] }
            return StreamedAnswerTests.counts(last["usage"])
        }
    }

    private static func answers(
        _ server: TestServer,
        _ path: String,
        _ fields: JSONObject
    ) async throws -> (whole: JSONValue, streamed: Stream) {
        var fields = fields
        let whole = try await server.send(.post, path, body: JSONValue.object(fields).serialized)
        #expect(whole.status == .ok, "\(whole.text)")
        fields["stream"] = true
        fields["stream_options"] = ["include_usage": true]
        let streamed = try await server.send(.post, path, body: JSONValue.object(fields).serialized)
        #expect(streamed.status == .ok, "\(streamed.text)")
        var parts = streamed.text.split(separator: "\n\n")
        #expect(parts.popLast() == "data: [DONE]")
        let events = try parts.map { try JSONParser.parse(String($0.dropFirst("data: ".count))) }
        return (try JSONParser.parse(whole.text), Stream(events: events))
    }

    // MARK: - Comparing

    fileprivate static func counts(_ usage: JSONValue?) -> [JSONValue?] {
        ["prompt_tokens", "completion_tokens", "total_tokens"].map { usage?[$0] }
    }

    private static func joined(_ events: [JSONValue], _ member: String) -> String {
        events.compactMap { $0[member]?.string }.joined()
    }

    /// The lists of all events as one; `null` where none has one.
    private static func gathered(_ events: [JSONValue], _ member: String) -> JSONValue {
        let lists = events.compactMap { $0[member]?.array }
        return lists.isEmpty ? .null : .array(lists.flatMap { $0 })
    }

    /// The end is said once, with the last event, and is the whole answer's.
    private static func expectSameEnd(_ events: [JSONValue], _ choice: JSONValue, _ comment: Comment) {
        let ends = events.filter { $0["finish_reason"]?.isNull == false }
        #expect(ends.count == 1, comment)
        #expect(ends.first == events.last, comment)
        #expect(ends.first?["finish_reason"] == choice["finish_reason"], comment)
        #expect(ends.first?["stop_reason"] == choice["stop_reason"], comment)
    }

    /// Where the text is whole and has no broken characters, each token stands in it at its offset.
    private static func expectAlignment(_ choice: JSONValue, _ comment: Comment) {
        guard let tokens = choice["logprobs"]?["tokens"]?.array, let text = choice["text"]?.string,
            let offsets = choice["logprobs"]?["text_offset"]?.array, choice["finish_reason"] == "length",
            !text.contains("\u{FFFD}"), !tokens.contains("<|im_start|>")
        else { return }
        let scalars = Array(text.unicodeScalars)
        for (token, offset) in zip(tokens.compactMap(\.string), offsets.compactMap(\.integer)) {
            let rest = scalars.dropFirst(offset)
            #expect(rest.starts(with: token.unicodeScalars) || rest.isEmpty, comment)
        }
    }
}

/// Random numbers that are the same on each run.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
