import MartletOpenAIAPI
import MartletTestSupport
import Testing

/// Whatever bytes come, there is a request or a 4xx.
@Suite struct RequestFuzzTests {
    private static let seeds = [
        #"""
        {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"é\n"}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]}],
        "temperature":0.5,"top_p":1,"top_k":-1,"seed":3,"n":2,"stop":["a","b"],"stop_token_ids":[1,2],"max_tokens":7,
        "logit_bias":{"1":2.5,"2":-1},"allowed_token_ids":[3],"bad_words":["x"],"logprobs":true,"top_logprobs":3,
        "stream":true,"stream_options":{"include_usage":true},"chat_template_kwargs":{"a":[1,{"b":null}]},
        "documents":[{"t":"u"}],"response_format":{"type":"text"},"best_of":2,"user":"u","cache_salt":"c"}
        """#,
        #"""
        {"prompt":[[1,2,3],[4]],"max_tokens":16,"logprobs":2,"echo":false,"n":1,"stream":false,"min_p":0.1,
        "presence_penalty":-1.5,"repetition_penalty":1.1,"request_id":"r","priority":-1,"min_tokens":1,"suffix":null}
        """#,
        #"""
        {"input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"reasoning","summary":[]},
        {"type":"function_call","call_id":"1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"1",
        "output":"r"}],"instructions":"i","max_output_tokens":5,"text":{"format":{"type":"json_schema","name":"n",
        "schema":{"type":"integer"}}},"tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":"auto",
        "reasoning":{"effort":"low"},"metadata":{"a":"b"},"include":["message.output_text.logprobs"],"store":false}
        """#,
        #"""
        {"model":"m","max_tokens":5,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":"a"},
        {"role":"assistant","content":[{"type":"thinking","thinking":"t"},{"type":"tool_use","id":"1","name":"f",
        "input":{"x":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"r"}]}],
        "tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"tool","name":"f"},"stop_sequences":["x"],
        "thinking":{"type":"enabled","budget_tokens":9},"output_config":{"effort":"low"}}
        """#,
        #"{"prompt":["a","b"],"tokens":[1,2,3],"add_special_tokens":true,"return_token_strs":false,"model":null}"#,
    ]

    private static let pieces = [
        "null", "true", "[]", "{}", "\"\"", "-1", "1e308", "NaN", "-Infinity", "99999999999999999999999", "\\ud83d",
        "\\u0000", ",", ":", "}", "]", "\"", "0.5", "[[[[", "\u{FEFF}", "\"tools\":[1],", "\"n\":1e19,",
    ].map { Array($0.utf8) }

    private func mutated(_ seed: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0..<max(1, bytes.count), using: &generator)
            let end = min(bytes.count, place + Int.random(in: 0...8, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0 where !bytes.isEmpty:
                bytes[min(place, bytes.count - 1)] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: place)
            default: bytes.replaceSubrange(place..<end, with: Self.pieces.randomElement(using: &generator) ?? [])
            }
        }
        return bytes
    }

    @Test func everyBodyIsARequestOrA4xx() {
        var generator = SeededGenerator(seed: 42)
        var accepted = 0
        for round in 0..<Fuzzing.rounds(30_000) {
            let body = mutated(Array(Self.seeds[round % Self.seeds.count].utf8), &generator)
            let errors = [
                errorOf { () throws(APIError) in
                    let request = try ChatCompletionRequest.decode(body)
                    _ = try request.sampling.resolved(
                        defaults: SamplingDefaults(),
                        maxTokens: request.outputBudget.tokens(promptTokenCount: 3, maxModelLength: 64),
                        logprobs: request.logprobCount,
                        bounds: SamplingBounds(vocabularySize: 50)
                    )
                    for message in request.conversation.messages { _ = message.promptValue }
                },
                errorOf { () throws(APIError) in
                    let request = try CompletionRequest.decode(body)
                    _ = try request.sampling.resolved(
                        defaults: SamplingDefaults(),
                        maxTokens: request.outputBudget.tokens(promptTokenCount: 3, maxModelLength: 64),
                        logprobs: request.logprobs,
                        bounds: SamplingBounds(vocabularySize: 50)
                    )
                },
                errorOf { () throws(APIError) in _ = try TokenizeRequest.decode(body) },
                errorOf { () throws(APIError) in _ = try DetokenizeRequest.decode(body) },
                errorOf { () throws(APIError) in
                    for message in try ResponsesRequest.decode(body).chat.conversation.messages {
                        _ = message.promptValue
                    }
                },
                errorOf { () throws(APIError) in
                    for message in try MessagesRequest.decode(body, for: .answer).chat.conversation.messages {
                        _ = message.promptValue
                    }
                },
                errorOf { () throws(APIError) in _ = try MessagesRequest.decode(body, for: .count) },
            ]
            for error in errors {
                if let error { #expect((400..<500).contains(error.status)) } else { accepted += 1 }
            }
        }
        #expect(accepted > 1000)
    }
}
