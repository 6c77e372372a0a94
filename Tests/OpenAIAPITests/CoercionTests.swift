import MartletOpenAIAPI
import Testing

/// The lax rules of the reference: what each kind of field takes, and the words of each refusal.
@Suite struct CoercionTests {
    private func fields(_ text: String) throws(APIError) -> SamplingFields {
        try ChatCompletionRequest.decode(Body.chat(text)).sampling
    }

    @Test(arguments: [
        ("3", 3), ("3.0", 3), (#""3""#, 3), (#"" -3 ""#, -3), (#""3.00""#, 3), (#""1_000""#, 1000), ("true", 1),
        ("-0", 0), ("1e2", 100), ("99999999999999999999", Int.max), ("-99999999999999999999", .min),
    ])
    func integers(text: String, value: Int) throws {
        #expect(try fields(#""top_k":\#(text)"#).topK == value)
    }

    @Test(arguments: [
        ("1.5", "int_from_float"), (#""abc""#, "int_parsing"), (#""""#, "int_parsing"), (#""-""#, "int_parsing"),
        (#""1__0""#, "int_parsing"), (#""_1""#, "int_parsing"), (#""1_""#, "int_parsing"), (#""1.5""#, "int_parsing"),
        (#""0x1""#, "int_parsing"), (#""１""#, "int_parsing"), ("[]", "int_type"), ("{}", "int_type"),
        ("NaN", "finite_number"), ("Infinity", "finite_number"), ("-Infinity", "finite_number"),
    ])
    func notIntegers(text: String, kind: String) {
        let error = errorOf { () throws(APIError) in _ = try fields(#""top_k":\#(text)"#) }
        #expect(error?.param == "body.top_k")
        #expect(error?.type == .schema)
        #expect(error?.message.hasPrefix("1 validation error:\n  {'type': '\(kind)', 'loc': 'body.top_k'") == true)
    }

    @Test(arguments: [
        ("1", 1.0), ("0.5", 0.5), (#""0.5""#, 0.5), (#"" 1e-2 ""#, 0.01), ("true", 1.0), ("1e400", .infinity),
    ])
    func numbers(text: String, value: Double) throws {
        #expect(try fields(#""min_p":\#(text)"#).minP == value)
    }

    @Test(arguments: [(#""abc""#, "float_parsing"), (#""0x1p3""#, "float_parsing"), ("[]", "float_type")])
    func notNumbers(text: String, kind: String) {
        let error = errorOf { () throws(APIError) in _ = try fields(#""min_p":\#(text)"#) }
        #expect(error?.message.contains("'type': '\(kind)', 'loc': 'body.min_p'") == true)
    }

    @Test(arguments: [
        ("true", true), ("false", false), ("1", true), ("0", false), ("1.0", true), (#""YES""#, true),
        (#""off""#, false),
        (#""t""#, true), (#""n""#, false),
    ])
    func booleans(text: String, value: Bool) throws {
        #expect(try fields(#""ignore_eos":\#(text)"#).ignoreEOS == value)
    }

    @Test(arguments: [
        ("5", "bool_parsing"), (#""maybe""#, "bool_parsing"), ("0.5", "bool_type"), ("[]", "bool_type"),
    ])
    func notBooleans(text: String, kind: String) {
        let error = errorOf { () throws(APIError) in _ = try fields(#""ignore_eos":\#(text)"#) }
        #expect(error?.message.contains("'type': '\(kind)', 'loc': 'body.ignore_eos'") == true)
    }

    @Test func nullIsAbsent() throws {
        let names = [
            "model", "temperature", "top_p", "seed", "n", "stop", "max_tokens", "logprobs", "top_logprobs", "stream",
            "stream_options", "logit_bias", "tools", "tool_choice", "response_format", "documents", "user",
        ]
        for name in names {
            #expect(throws: Never.self) { try ChatCompletionRequest.decode(Body.chat("\"\(name)\":null")) }
        }
        let error = errorOf { () throws(APIError) in _ = try CompletionRequest.decode(Body.completion("\"n\":null")) }
        #expect(error?.param == "body.n")
    }

    @Test func everyProblemIsListed() {
        let error = errorOf { () throws(APIError) in
            _ = try fields(#""top_k":"a","seed":99999999999999999999,"stop_token_ids":[1,"b",2]"#)
        }
        #expect(
            error?.message == """
                3 validation errors:
                  {'type': 'int_parsing', 'loc': 'body.top_k', 'msg': 'Input should be a valid integer, unable to parse \
                string as an integer', 'input': 'a'}
                  {'type': 'less_than_equal', 'loc': 'body.seed', 'msg': 'Input should be less than or equal to \
                9223372036854775807', 'input': '99999999999999999999', 'ctx': {'le': 9223372036854775807}}
                  {'type': 'int_parsing', 'loc': 'body.stop_token_ids.1', 'msg': 'Input should be a valid integer, unable \
                to parse string as an integer', 'input': 'b'}
                """
        )
        #expect(error?.param == "body.top_k")
    }

    @Test func manyProblemsAreCut() {
        let list = Array(repeating: "\"x\"", count: 50).joined(separator: ",")
        let error = errorOf { () throws(APIError) in _ = try fields(#""stop_token_ids":[\#(list)]"#) }
        #expect(error?.message.hasPrefix("50 validation errors:\n") == true)
        #expect(error?.message.hasSuffix("\n  ...and 40 more errors") == true)
    }

    @Test(arguments: [
        ("", "body"), (" ", "body.1"), ("null", "body"), ("[]", "body"), ("3", "body"), ("{", "body.1"),
        (#"{"é":}"#, "body.5"), ("{}x", "body.2"), (#"{"a":"\q"}"#, "body.6"), (#"{"a":1 "b":2}"#, "body.7"),
    ])
    func syntax(text: String, param: String) {
        let error = errorOf { () throws(APIError) in _ = try CompletionRequest.decode(Array(text.utf8)) }
        #expect(error?.status == 400)
        #expect(error?.type == .schema)
        #expect(error?.param == param)
    }

    @Test func unreadableBodies() {
        let bytes = Array(#"{"prompt":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        #expect(errorOf { () throws(APIError) in _ = try CompletionRequest.decode(bytes) } == .unreadableBody)
        let deep = String(repeating: "[", count: 100_000)
        #expect(
            errorOf { () throws(APIError) in _ = try CompletionRequest.decode(Array(deep.utf8)) }?.param == "body.128"
        )
        let surrogate = errorOf { () throws(APIError) in
            _ = try CompletionRequest.decode(Array(#"{"prompt":"a\uD800b"}"#.utf8))
        }
        #expect(surrogate?.type == .badRequest)
        #expect(surrogate?.param == nil)
    }
}
