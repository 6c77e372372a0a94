import MartletJSON
import MartletOpenAIAPI
import Testing

/// What recordings do not show: odd numbers and characters, duplicate tokens, streams without any usage.
@Suite struct ResponseWriterTests {
    private let head = ResponseHead(id: "chatcmpl-1", created: 7, model: "m\"", systemFingerprint: nil)

    private func logprobs(_ values: [(Int, String, Float)], top: [(Int, String, Float)]) -> PositionLogprobs {
        func token(_ value: (Int, String, Float)) -> LogprobToken {
            LogprobToken(id: value.0, text: value.1, logprob: value.2)
        }
        return PositionLogprobs(chosen: token(values[0]), top: top.map(token))
    }

    @Test(
        arguments: [
            (-Float.infinity, "-9999.0"), (-.nan, "-9999.0"), (-12000, "-9999.0"), (0, "0.0"), (-0.0, "-0.0"),
            (-1e-5, "-9.999999747378752e-06"), (-1.70201385, "-1.7020138502120972"),
            (-2.5e-4, "-0.0002500000118743628"),
        ] as [(Float, String)]
    )
    func logprobNumbers(value: Float, text: String) throws {
        var completion = CompletionLogprobs()
        completion.append(logprobs([(1, "a", value)], top: []))
        let response = CompletionResponse(
            head: head,
            choices: [.init(index: 0, text: "a", finish: ChoiceFinish(.stop), logprobs: completion)],
            usage: Usage(promptTokens: 1, completionTokens: 1)
        )
        #expect(String(decoding: response.body, as: UTF8.self).contains(#""token_logprobs":[\#(text)]"#))
    }

    @Test func duplicateTokensAndOffsets() throws {
        var completion = CompletionLogprobs(offset: 3)
        completion.append(logprobs([(1, "é", -1)], top: [(1, "é", -1), (2, "b", -2)]))
        completion.append(logprobs([(5, "", -3)], top: [(6, "", -0.5), (7, "x", -1)]))
        #expect(completion.nextOffset == 4)
        let writer = CompletionChunkWriter(head: head, options: StreamOptions())
        var bytes: [UInt8] = []
        writer.append(
            .init(choice: 0, text: "é", logprobs: completion),
            usage: Usage(promptTokens: 1, completionTokens: 2),
            to: &bytes
        )
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(#""text_offset":[3,4],"token_logprobs":[-1.0,-3.0],"tokens":["é",""]"#))
        #expect(text.contains(#""top_logprobs":[{"é":-1.0,"b":-2.0},{"":-0.5,"x":-1.0}]"#))
        #expect(!text.contains("usage"))
    }

    @Test func chatStreamWithUsage() {
        var options = StreamOptions()
        options.includeUsage = true
        let writer = ChatCompletionChunkWriter(head: head, options: options)
        let usage = Usage(promptTokens: 2, completionTokens: 1)
        var bytes: [UInt8] = []
        writer.appendRole(choice: 0, promptTokenIDs: nil, promptText: nil, usage: usage, to: &bytes)
        writer.append(.init(choice: 0, content: "\u{1}\n🦅"), usage: usage, to: &bytes)
        writer.append(
            .init(choice: 0, content: "", finish: ChoiceFinish(.stop, stopReason: .token(3))),
            usage: usage,
            to: &bytes
        )
        writer.appendUsage(usage, to: &bytes)
        let start = #"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m\"","choices":["#
        let role =
            #"{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null"#
        let text =
            #"{"index":0,"delta":{"content":"\u0001\n🦅"},"logprobs":null,"finish_reason":null,"token_ids":null}]"#
        let finish =
            #"{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop","stop_reason":3,"token_ids":null}]"#
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                \(start)\(role),"prompt_token_ids":null,"prompt_text":null}\n
                \(start)\(text),"usage":null}\n
                \(start)\(finish),"usage":null}\n
                \(start)],"usage":{"prompt_tokens":2,"total_tokens":3,"completion_tokens":1}}\n\n
                """
        )
    }

    @Test func noUsageEventUnlessAskedFor() {
        var bytes: [UInt8] = []
        ChatCompletionChunkWriter(head: head, options: StreamOptions())
            .appendUsage(Usage(promptTokens: 1, completionTokens: 1), to: &bytes)
        CompletionChunkWriter(head: head, options: StreamOptions())
            .appendUsage(Usage(promptTokens: 1, completionTokens: 1), to: &bytes)
        #expect(bytes.isEmpty)
    }
}
