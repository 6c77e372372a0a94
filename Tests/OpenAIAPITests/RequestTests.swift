import MartletJSON
import MartletOpenAIAPI
import Testing

@Suite struct RequestTests {
    @Test func prompts() throws {
        func prompts(_ text: String) throws -> [CompletionRequest.Prompt] {
            try CompletionRequest.decode(Array(#"{"prompt":\#(text)}"#.utf8)).prompts
        }
        #expect(try prompts(#""a""#) == [.text("a")])
        #expect(try prompts(#"["a",""]"#) == [.text("a"), .text("")])
        #expect(try prompts(#"["1","2"]"#) == [.text("1"), .text("2")])
        #expect(try prompts("[1,2]") == [.tokens([1, 2])])
        #expect(try prompts(#"[1,"2",3.0]"#) == [.tokens([1, 2, 3])])
        #expect(try prompts("[[1,2],[3]]") == [.tokens([1, 2]), .tokens([3])])
    }

    @Test(arguments: [
        ("null", "prompt"), (#""""#, "prompt"), ("5", "body.prompt"), ("{}", "body.prompt"), ("[]", nil), ("[[]]", nil),
        ("[1,-1]", "body.prompt.1"), (#"[1,"a"]"#, "body.prompt.1"), ("[[1],[-1]]", "body.prompt.1.0"),
        ("[null]", "body.prompt.0"), (#"["a",1]"#, "body.prompt.0"), ("[1.5]", "body.prompt.0"),
    ])
    func badPrompts(text: String, param: String?) {
        let error = errorOf { () throws(APIError) in
            _ = try CompletionRequest.decode(Array(#"{"prompt":\#(text)}"#.utf8))
        }
        #expect(error?.status == 400)
        #expect(error?.param == param)
    }

    @Test func tooManyPrompts() {
        func error(_ count: Int, _ n: Int) -> APIError? {
            let list = Array(repeating: "\"a\"", count: count).joined(separator: ",")
            return errorOf { () throws(APIError) in
                _ = try CompletionRequest.decode(Array(#"{"prompt":[\#(list)],"n":\#(n)}"#.utf8))
            }
        }
        #expect(error(1024, 16) == nil)
        #expect(error(1025, 1)?.param == "prompt")
        #expect(error(1024, 17)?.param == "n")
        #expect(error(2, .max)?.param == "n")
    }

    @Test func templatesOfRequestsNeedTrust() throws {
        let body = Body.chat(#""chat_template":"{{ 1 }}""#)
        var context = RequestContext()
        let error = errorOf { () throws(APIError) in _ = try ChatCompletionRequest.decode(body, context: context) }
        #expect(error?.message.contains("--trust-request-chat-template") == true)
        context.trustsRequestTemplates = true
        #expect(try ChatCompletionRequest.decode(body, context: context).conversation.chatTemplate == "{{ 1 }}")
    }

    @Test func variablesMaySayWhatTheFieldsSay() throws {
        let kwargs = #""chat_template_kwargs":{"add_generation_prompt":true,"continue_final_message":false}"#
        #expect(throws: Never.self) { try ChatCompletionRequest.decode(Body.chat(kwargs)) }
    }

    @Test func modelNames() throws {
        let context = RequestContext(servedModels: ["first", "alias"])
        for model in [#""first""#, #""alias""#, #""""#, "null"] {
            #expect(throws: Never.self) {
                try ChatCompletionRequest.decode(Body.chat("\"model\":\(model)"), context: context)
            }
        }
        let error = errorOf { () throws(APIError) in
            _ = try ChatCompletionRequest.decode(Body.chat(#""model":"other""#), context: context)
        }
        #expect(error == .modelNotFound("other", served: ["first", "alias"]))
        // the type of a field is checked before the model's name, an empty conversation after it
        let both = Body.chat(#""model":"other","top_k":"x""#)
        #expect(
            errorOf { () throws(APIError) in _ = try ChatCompletionRequest.decode(both, context: context) }?.status
                == 400
        )
        let empty = Array(#"{"model":"other","messages":[]}"#.utf8)
        #expect(
            errorOf { () throws(APIError) in _ = try ChatCompletionRequest.decode(empty, context: context) }?.status
                == 404
        )
    }

    @Test func streamOptions() throws {
        let options = try ChatCompletionRequest.decode(
            Body.chat(#""stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}"#)
        ).options
        #expect(options.stream)
        #expect(options.streamOptions.includeUsage)
        #expect(options.streamOptions.continuousUsage)
        let alone = try ChatCompletionRequest.decode(
            Body.chat(#""stream":true,"stream_options":{"continuous_usage_stats":true}"#)
        )
        #expect(!alone.options.streamOptions.continuousUsage)
        for fields in [#""stream_options":{"include_usage":true}"#, #""stream":false,"stream_options":{"x":1}"#] {
            let error = errorOf { () throws(APIError) in _ = try ChatCompletionRequest.decode(Body.chat(fields)) }
            #expect(error?.param == "stream_options")
        }
    }

    @Test(arguments: [
        (#""top_logprobs":2"#, "top_logprobs"), (#""top_logprobs":"2","logprobs":true"#, "top_logprobs"),
        (#""top_logprobs":-2,"logprobs":true"#, "top_logprobs"), (#""cache_salt":"""#, "cache_salt"),
        (#""cache_salt":"a/b""#, "cache_salt"), (#""request_id":"a b""#, "request_id"),
        (#""request_id":"a\r\nX: y""#, "request_id"), (#""reasoning_effort":"ultra""#, "body.reasoning_effort"),
        (#""documents":[1]"#, "body.documents.0"), (#""documents":[{"a":1}]"#, "body.documents.0.a"),
        (#""seed":1e308"#, "body.seed"), (#""priority":"9223372036854775808""#, "body.priority"),
        (#""tools":[{"type":"x","function":{"name":"f"}}]"#, "body.tools.0.type"), (#""chat_template":"x""#, nil),
        (#""chat_template_kwargs":{"messages":[]}"#, "chat_template_kwargs"),
        (#""chat_template_kwargs":{"add_generation_prompt":false}"#, "chat_template_kwargs"),
        (#""chat_template_kwargs":{"continue_final_message":1}"#, "chat_template_kwargs"),
        (#""continue_final_message":true"#, nil), (#""truncation_side":"middle""#, "body.truncation_side"),
        (#""user":5"#, "body.user"),
    ])
    func badChatFields(fields: String, param: String?) {
        let error = errorOf { () throws(APIError) in _ = try ChatCompletionRequest.decode(Body.chat(fields)) }
        #expect(error?.status == 400)
        #expect(error?.param == param)
    }

    @Test func chatFields() throws {
        let request = try ChatCompletionRequest.decode(
            Body.chat(
                #"""
                "max_tokens":5,"max_completion_tokens":7,"logprobs":true,"top_logprobs":2,"echo":true,
                "reasoning_effort":"none","chat_template_kwargs":{"enable_thinking":true,"x":1},"documents":[{"a":"b"}]
                """#
            )
        )
        #expect(request.outputBudget == OutputBudget(requested: 7, field: "max_completion_tokens"))
        #expect(request.logprobCount == 2)
        #expect(request.echo)
        #expect(request.conversation.reasoningEffort == "none")
        #expect(request.conversation.documents == [["a": "b"]])
        #expect(
            JSONValue.object(request.conversation.chatTemplateKwargs).serialized == #"{"enable_thinking":true,"x":1}"#
        )
    }

    @Test func tokenize() throws {
        let text = try TokenizeRequest.decode(Array(#"{"prompt":"","add_special_tokens":false}"#.utf8))
        guard case .text("", addSpecialTokens: false) = text.input else {
            Issue.record("\(text.input)")
            return
        }
        let chat = try TokenizeRequest.decode(Body.chat(#""add_generation_prompt":false,"return_token_strs":true"#))
        guard case .conversation(let conversation) = chat.input else {
            Issue.record("\(chat.input)")
            return
        }
        #expect(!conversation.addGenerationPrompt)
        #expect(chat.returnTokenStrings)
        let error = errorOf { () throws(APIError) in _ = try TokenizeRequest.decode(Body.chat(#""tools":[1]"#)) }
        #expect(error?.param == "body.tools.0")
    }

    @Test(arguments: [
        ("{}", "body.tokens"), (#"{"tokens":null}"#, "body.tokens"), (#"{"tokens":[1,-1]}"#, "body.tokens.1"),
        (#"{"tokens":["x"]}"#, "body.tokens.0"), (#"{"tokens":"x"}"#, "body.tokens"),
    ])
    func badDetokenize(text: String, param: String) {
        let error = errorOf { () throws(APIError) in _ = try DetokenizeRequest.decode(Array(text.utf8)) }
        #expect(error?.param == param)
    }
}
