import MartletOpenAIAPI
import Testing

/// A documented field that is not implemented is a 400 naming it; values that change nothing are accepted.
@Suite struct UnsupportedFieldTests {
    @Test(arguments: [
        ("best_of", "2"), ("best_of", #""x""#),
        ("vllm_xargs", #"{"a":1}"#),
        ("mm_processor_kwargs", #"{"a":1}"#),

        ("kv_transfer_params", "{}"), ("ec_transfer_params", "{}"), ("modalities", #"["text","audio"]"#),
        ("audio", "{}"),
    ])
    func refusedInChats(name: String, value: String) {
        let error = errorOf { () throws(APIError) in
            _ = try ChatCompletionRequest.decode(Body.chat("\"\(name)\":\(value)"))
        }
        #expect(error?.status == 400)
        #expect(error?.type == .badRequest)
        #expect(error?.param == name)
        #expect(error?.message.contains(name) == true)
    }

    @Test(arguments: [
        ("suffix", #""x""#), ("prompt_embeds", #""AAAA""#),
    ])
    func refusedInCompletions(name: String, value: String) {
        let error = errorOf { () throws(APIError) in
            _ = try CompletionRequest.decode(Body.completion("\"\(name)\":\(value)"))
        }
        #expect(error?.status == 400)
        #expect(error?.param == name)
    }

    @Test(arguments: [
        #""tools":null,"tool_choice":"none","functions":[],"function_call":"none""#,
        #""response_format":{"type":"text"},"structured_outputs":null"#, #""best_of":1"#, #""best_of":3,"n":3"#,
        #""best_of":1,"n":null"#, #""use_beam_search":false,"length_penalty":1.0"#, #""stream_interval":1"#,
        #""vllm_xargs":{},"mm_processor_kwargs":null"#, #""modalities":["text"]"#, #""thinking_token_budget":-1"#,
        #""return_tokens_as_token_ids":false,"include_reasoning":false,"parallel_tool_calls":false"#,
        #""metadata":{"a":1},"store":true,"service_tier":"auto","user":"u","anything":[1]"#, #""priority":5"#,
        #""truncation_side":"left","session_id":"s""#,
    ])
    func accepted(fields: String) {
        #expect(throws: Never.self) { try ChatCompletionRequest.decode(Body.chat(fields)) }
    }
}
