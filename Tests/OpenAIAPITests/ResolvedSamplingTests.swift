import MartletOpenAIAPI
import Testing

@Suite struct ResolvedSamplingTests {
    private func resolved(
        _ fields: String,
        defaults: SamplingDefaults = SamplingDefaults(),
        maxTokens: Int = 16,
        logprobs: Int? = nil
    ) throws(APIError) -> ResolvedSampling {
        try ChatCompletionRequest.decode(Body.chat(fields)).sampling.resolved(
            defaults: defaults,
            maxTokens: maxTokens,
            logprobs: logprobs,
            bounds: SamplingBounds(vocabularySize: 100)
        )
    }

    @Test(arguments: [
        (#""temperature":-0.5"#, "temperature"), (#""temperature":2.1"#, "temperature"),
        (#""temperature":NaN"#, "temperature"), (#""temperature":-Infinity"#, "temperature"),
        (#""temperature":1e999"#, "temperature"), (#""top_p":0"#, "top_p"), (#""top_p":1.01"#, "top_p"),
        (#""top_p":NaN"#, "top_p"), (#""top_k":-2"#, nil), (#""min_p":-0.1"#, nil), (#""min_p":1.1"#, nil),
        (#""min_p":NaN"#, nil), (#""presence_penalty":2.5"#, nil), (#""frequency_penalty":-2.5"#, nil),
        (#""frequency_penalty":NaN"#, nil), (#""repetition_penalty":0"#, nil), (#""repetition_penalty":-1"#, nil),
        (#""repetition_penalty":Infinity"#, nil), (#""n":0"#, nil), (#""n":16385"#, nil), (#""min_tokens":-1"#, nil),
        (#""n":99999999999999999999"#, nil), (#""min_tokens":17"#, nil), (#""stop":[""]"#, nil),
        (#""bad_words":["a",""]"#, nil), (#""n":2,"temperature":0"#, nil),
        (#""logit_bias":{"x":1}"#, "logit_bias"), (#""logit_bias":{"100":1}"#, "logit_bias"),
        (#""logit_bias":{"-1":1}"#, "logit_bias"), (#""logit_bias":{"1":NaN}"#, "logit_bias"),
        (#""allowed_token_ids":[]"#, "allowed_token_ids"), (#""allowed_token_ids":[100]"#, "allowed_token_ids"),
        (#""stop_token_ids":[-1]"#, "stop_token_ids"),
    ])
    func refused(fields: String, param: String?) {
        let error = errorOf { () throws(APIError) in _ = try resolved(fields) }
        #expect(error?.status == 400)
        #expect(error?.type == .badRequest)
        #expect(error?.param == param)
    }

    @Test func limitsOfLists() {
        func error(_ field: String, _ count: Int, _ value: (Int) -> String = { "\"\($0)\"" }) -> APIError? {
            let list = (0..<count).map(value).joined(separator: ",")
            return errorOf { () throws(APIError) in _ = try resolved("\"\(field)\":[\(list)]") }
        }
        #expect(error("stop", 16) == nil)
        #expect(error("stop", 17)?.param == "body.stop")
        #expect(error("bad_words", 128) == nil)
        #expect(error("bad_words", 129)?.param == "body.bad_words")
        #expect(error("stop_token_ids", 1025) { _ in "1" }?.param == "body.stop_token_ids")
        let long = String(repeating: "a", count: 1025)
        #expect(errorOf { () throws(APIError) in _ = try resolved(#""stop":"\#(long)""#) }?.param == "body.stop")
        let biases = (0..<16385).map { "\"\($0)\":0" }.joined(separator: ",")
        #expect(
            errorOf { () throws(APIError) in _ = try resolved(#""logit_bias":{\#(biases)}"#) }?.param
                == "body.logit_bias"
        )
    }

    @Test func requestWinsOverDefaults() throws {
        var defaults = SamplingDefaults()
        defaults.temperature = 0.6
        defaults.topK = 20
        defaults.topP = 0.95
        defaults.repetitionPenalty = 1.1
        let sampling = try resolved(#""temperature":0.9,"top_k":-1"#, defaults: defaults)
        #expect(sampling.temperature == 0.9)
        #expect(sampling.topK == 0)
        #expect(sampling.topP == 0.95)
        #expect(sampling.repetitionPenalty == 1.1)
    }

    @Test func coldIsGreedy() throws {
        let greedy = try resolved(#""temperature":1e-6,"top_p":0.5,"top_k":3,"min_p":0.1"#)
        #expect(greedy.isGreedy)
        #expect(greedy.topP == 1)
        #expect(greedy.topK == 0)
        #expect(greedy.minP == 0)
        #expect(try resolved(#""temperature":0.001"#).temperature == 0.01)
    }

    @Test func values() throws {
        let sampling = try resolved(
            #""seed":-1,"stop":"x","logit_bias":{" 7 ":500,"8":-Infinity},"ignore_eos":true,"skip_special_tokens":false"#
        )
        #expect(sampling.seed == nil)
        #expect(sampling.stop == ["x"])
        #expect(sampling.logitBias == [7: 100, 8: -100])
        #expect(sampling.ignoreEOS)
        #expect(!sampling.skipSpecialTokens)
        #expect(sampling.spacesBetweenSpecialTokens)
        #expect(sampling.n == 1)
    }

    @Test func logprobs() throws {
        #expect(try resolved("").logprobs == nil)
        #expect(try resolved("", logprobs: 20).logprobs == 20)
        #expect(errorOf { () throws(APIError) in _ = try resolved("", logprobs: 21) }?.param == "logprobs")
        #expect(errorOf { () throws(APIError) in _ = try resolved("", logprobs: -1) }?.param == "logprobs")
    }

    @Test(
        arguments: [
            (nil, 10, nil, nil, 90), (5, 10, nil, nil, 5), (95, 10, nil, nil, 90), (nil, 10, 20, nil, 20),
            (nil, 10, 200, nil, 90), (50, 10, nil, 6, 6), (100, 1, nil, nil, 99),
        ] as [(Int?, Int, Int?, Int?, Int)]
    )
    func budget(requested: Int?, prompt: Int, byDefault: Int?, cap: Int?, tokens: Int) throws {
        #expect(
            try OutputBudget(requested: requested).tokens(
                promptTokenCount: prompt,
                maxModelLength: 100,
                defaultCount: byDefault,
                cap: cap
            ) == tokens
        )
    }

    @Test func echoMayAskForNothing() throws {
        let echo = try CompletionRequest.decode(Body.completion(#""echo":true,"max_tokens":0"#))
        #expect(try echo.outputBudget.tokens(promptTokenCount: 4, maxModelLength: 100) == 1)
        let plain = try CompletionRequest.decode(Body.completion(#""max_tokens":0"#))
        #expect(
            errorOf { () throws(APIError) in
                _ = try plain.outputBudget.tokens(promptTokenCount: 4, maxModelLength: 100)
            }?.param == "max_tokens"
        )
    }
}
