import MartletJSON
import MartletOpenAIAPI
import Testing

@Suite struct APIErrorTests {
    @Test(arguments: [
        (
            APIError(status: 400, message: "a \"b\"\n", type: .schema, param: "body.n"),
            #"{"error":{"message":"a \"b\"\n","type":"Bad Request","param":"body.n","code":400}}"#
        ),
        (
            APIError(status: 503, message: "busy", type: .overloaded),
            #"{"error":{"message":"busy","type":"Service Unavailable","param":null,"code":503}}"#
        ),
        (
            APIError(status: 400, message: "m", type: .badRequest, detail: "d"),
            #"{"detail":"d","error":{"message":"m","type":"BadRequestError","param":null,"code":400}}"#
        ),
    ])
    func body(error: APIError, text: String) {
        #expect(String(decoding: error.body, as: UTF8.self) == text)
        #expect(
            String(decoding: ServerSentEvents.error(error), as: UTF8.self) == "data: \(text)\n\n"
        )
    }

    @Test(arguments: [
        (APIError.unauthorized, 401, "AuthenticationError", nil),
        (.unknownPath("/v1/x"), 404, "NotFoundError", "Not Found"),
        (.methodNotAllowed("PUT", path: "/v1/models"), 405, "MethodNotAllowedError", "Method Not Allowed"),
        (.unreadableBody, 400, "Bad Request", "There was an error parsing the body"),
        (.unsupportedMediaType, 400, "Bad Request", nil),
        (.bodyTooLarge(limit: 7), 413, "PayloadTooLargeError", nil),
        (.queueFull(limit: 7), 503, "Service Unavailable", nil),
        (.unavailable("stopping"), 503, "ServiceUnavailableError", nil),
        (.engineFailure, 500, "InternalServerError", nil),
        (.modelNotFound("m", served: ["a", "b"]), 404, "NotFoundError", nil),
    ])
    func causes(error: APIError, status: Int, type: String, detail: String?) throws {
        let json = try JSONParser.parse(error.body)
        #expect(json["error"]?["code"]?.integer == status)
        #expect(json["error"]?["type"]?.string == type)
        #expect(json["detail"]?.string == detail)
        #expect(json["error"]?.object?.keys == ["message", "type", "param", "code"])
    }

    @Test func longValuesAreCut() {
        let error = APIError.modelNotFound(String(repeating: "é", count: 100_000), served: ["a"])
        #expect(error.message.utf8.count < 600)
    }

    @Test func legacyFunctionsInAStream() {
        let sentence = "Invalid request: Function calling is not yet implemented for stream mode."
        let body = #"{"messages":[{"role":"user","content":"a"}],"stream":true,"functions":[{"name":"test"}]}"#
        let error = #expect(throws: APIError.self) { try ChatCompletionRequest.decode(Array(body.utf8)) }
        #expect(error?.status == 400)
        #expect(error?.detail == sentence)
        #expect(error?.message == sentence)
    }
}
