import MartletJSON
import MartletOpenAIAPI
import Testing

/// Recorded requests are accepted, or refused with the same status, type and `param`, as by the reference server.
@Suite struct WireRequestTests {
    /// What became of a request.
    struct Outcome: Equatable, CustomStringConvertible {
        var status: Int
        var type: String?
        var param: String?

        static let accepted = Outcome(status: 200)

        var description: String { "\(status) \(type ?? "-") \(param ?? "null")" }
    }

    /// Requests that this server refuses on purpose: what it refuses, why, and the recordings.
    static let refusals: [(param: String?, reason: String, names: String)] = [
        ("functions", "never ignored", "plain-functions-stream"),
        ("best_of", "never ignored", "edge-comp-best-of-n"),
        (nil, "the recorded server trusts templates of requests", "chat-template-in-request"),
    ]

    /// Errors that the layers above raise, with the values those have: media type, token counts, vocabulary.
    static let errorsAbove: [String: APIError] = [
        "err-content-type-missing": .unsupportedMediaType,
        "err-content-type-text": .unsupportedMediaType,
        "err-comp-too-long-prompt": .promptTooLong(tokenCount: 257, isLowerBound: true, maxModelLength: 256),
        "err-stream-too-long": .promptTooLong(tokenCount: 257, isLowerBound: true, maxModelLength: 256),
        "err-too-long-prompt": .promptTooLong(tokenCount: 257, isLowerBound: true, maxModelLength: 256),
        "err-huge-body": .promptTextTooLong(characterCount: 10_000_000, limit: 3328, maxModelLength: 256),
    ]

    /// Recordings that cannot be compared here: bytes that are not in the file, adapters that are not loaded, errors that
    /// compiling the grammar finds, calls that no parser would find.
    static let omitted: Set<String> = [
        "err-invalid-utf8", "lora-chat-stream", "lora-completion", "lora-use-loaded", "err-rf-schema-unsupported",
        "err-so-bad-grammar", "plain-tools-auto", "plain-tools-auto-default", "plain-tools-named", "err-truncate-0",
        "err-prompt-oov",
    ]

    /// Errors with other words: unions list one problem instead of each branch's, limits differ, sentences are ours.
    static let otherWords: Set<String> = [
        "comp-suffix", "err-content-image", "err-content-null", "err-content-number", "err-content-part-unknown",
        "err-continue-default-gen", "err-echo-prompt-embeds", "err-lone-surrogate", "err-message-no-role",
        "err-mm-kwargs", "err-n-huge", "err-prompt-negative-id", "err-prompt-number",
        "err-stop-too-many", "stop-many-ok-32", "err-empty-messages", "err-so-empty-choice",
        "chat-chat-template-untrusted",
    ]

    static let pairs = WirePair.all.filter { pair in
        pair.method == "POST" && ![401, 405, 503].contains(pair.status) && !pair.server.hasPrefix("C:")
            && ["/v1/chat/completions", "/v1/completions", "/tokenize", "/detokenize"].contains(pair.path)
            && !omitted.contains(pair.name)
    }

    private static func refusal(of name: String) -> String?? {
        refusals.first { $0.names.split(separator: " ").contains { $0 == name } }.map(\.param)
    }

    @Test(arguments: pairs) func matches(pair: WirePair) throws {
        if let error = Self.errorsAbove[pair.name] {
            #expect(String(decoding: error.body, as: UTF8.self) == pair.body)
            return
        }
        let error = Self.error(serving: pair)
        let outcome = error.map { Outcome(status: $0.status, type: $0.type.rawValue, param: $0.param) } ?? .accepted
        let recorded =
            pair.status < 400
            ? Outcome.accepted
            : Outcome(status: pair.status, type: pair.error?["type"]?.string, param: pair.error?["param"]?.string)
        if let param = Self.refusal(of: pair.name) {
            #expect(outcome == Outcome(status: 400, type: "BadRequestError", param: param))
            #expect(outcome != recorded, "the recording is no difference any more")
            return
        }
        #expect(outcome == recorded)
        if let error, !Self.otherWords.contains(pair.name) {
            #expect(String(decoding: error.body, as: UTF8.self) == pair.body)
        }
    }

    @Test(.enabled(if: !pairs.isEmpty)) func everyDifferenceIsRecorded() {
        let names = Set(Self.pairs.map(\.name))
        let listed = Self.refusals.flatMap { $0.names.split(separator: " ").map { String($0) } }
        #expect(Set(listed).subtracting(names) == [])
        #expect(Self.otherWords.subtracting(names) == [])
        #expect(Set(Self.errorsAbove.keys).subtracting(names) == [])
    }

    /// Decodes and validates as a server does, with the recording's count of prompt tokens.
    private static func error(serving pair: WirePair) -> APIError? {
        do throws(APIError) {
            try serve(pair)
            return nil
        } catch {
            return error
        }
    }

    private static func serve(_ pair: WirePair) throws(APIError) {
        var context = RequestContext(servedModels: pair.servedModels)
        context.limits.maxLogprobs = pair.maxLogprobs
        let promptTokens = pair.answer?["usage"]?["prompt_tokens"]?.integer ?? 4
        let body = pair.requestBody
        let bounds = SamplingBounds(
            vocabularySize: pair.servedModels == ["script"] ? 2048 : 1024,
            limits: context.limits
        )
        switch pair.path {
        case "/tokenize": _ = try TokenizeRequest.decode(body, context: context)
        case "/detokenize": _ = try DetokenizeRequest.decode(body, context: context)
        case "/v1/completions":
            let request = try CompletionRequest.decode(body, context: context)
            var count = promptTokens
            if case .tokens(let ids) = request.prompts[0] { count = ids.count }
            let budget = try request.outputBudget.tokens(
                promptTokenCount: count,
                maxModelLength: pair.maxModelLength
            )
            _ = try request.sampling.resolved(
                defaults: SamplingDefaults(),
                maxTokens: budget,
                logprobs: request.logprobs,
                bounds: bounds
            )
        default:
            let request = try ChatCompletionRequest.decode(body, context: context)
            let budget = try request.outputBudget.tokens(
                promptTokenCount: promptTokens,
                maxModelLength: pair.maxModelLength
            )
            _ = try request.sampling.resolved(
                defaults: SamplingDefaults(),
                maxTokens: budget,
                logprobs: request.logprobCount,
                bounds: bounds
            )
        }
    }
}
