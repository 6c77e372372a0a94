import HTTPTypes
import HummingbirdTesting
import MartletServer
import Testing

/// Whole requests to a server without a socket.
@Suite struct RouteTableTests {
    private static let chat =
        #"{"model":"tiny","messages":[{"role":"user","content":"Hi"}],"temperature":0,"max_tokens":4}"#
    private static let completion = #"{"model":"tiny","prompt":"Hi","temperature":0,"max_tokens":4}"#

    @Test(arguments: [
        (HTTPRequest.Method.get, "/nothing", 404, "NotFoundError"), (.post, "/v1/nothing", 404, "NotFoundError"),
        (.get, "/v1/chat/completions", 405, "MethodNotAllowedError"),
        (.delete, "/v1/models", 405, "MethodNotAllowedError"),
        (.put, "/health", 405, "MethodNotAllowedError"), (.options, "/v1/completions", 405, "MethodNotAllowedError"),
        (.get, "/v1/models/other", 404, "NotFoundError"), (.get, "//v1/models", 404, "NotFoundError"),
    ])
    func refusals(method: HTTPRequest.Method, uri: String, status: Int, type: String) async throws {
        let response = try await TestServer().send(method, uri)
        #expect(response.status.code == status)
        #expect(response.headers[.contentType] == "application/json")
        #expect(response.text.contains("\"type\":\"\(type)\""))
        #expect(response.text.contains("\"code\":\(status)"))
        #expect((response.headers[.allow] != nil) == (status == 405))
    }

    @Test func allowListsTheMethods() async throws {
        let server = try await TestServer()
        #expect(try await server.send(.get, "/v1/completions").headers[.allow] == "POST")
        #expect(try await server.send(.delete, "/ping").headers[.allow] == "GET, POST")
    }

    @Test(arguments: ["/v1/models/", "/v1/chat/completions/", "/health/"])
    func aTrailingSlashLeadsToTheRoute(uri: String) async throws {
        let response = try await TestServer().send(.get, uri)
        #expect(response.status.code == 307)
        #expect(response.headers[.location] == String(uri.dropLast()))
    }

    @Test(arguments: ["/health", "/ping", "/version", "/metrics"])
    func openRoutesWantNoKey(uri: String) async throws {
        let server = try await TestServer { $0.apiKeys = ["key"] }
        #expect(try await server.send(.get, uri).status == .ok)
    }

    @Test(arguments: ["/v1/models", "/v1/models/tiny", "/v1/nothing", "/nothing"])
    func otherRoutesWantAKey(uri: String) async throws {
        let server = try await TestServer { $0.apiKeys = ["key", "other"] }
        let refused = try await server.send(.get, uri)
        #expect(refused.status == .unauthorized)
        #expect(refused.headers[.wwwAuthenticate] == "Bearer")
        #expect(refused.text.contains("\"type\":\"AuthenticationError\""))
        let answered = try await server.send(.get, uri, headers: [.authorization: "Bearer other"])
        #expect(answered.status.code == (uri.hasSuffix("nothing") ? 404 : 200))
    }

    @Test func generationWantsAKeyBeforeItReadsTheBody() async throws {
        let server = try await TestServer { $0.apiKeys = ["key"] }
        for uri in ["/v1/chat/completions", "/v1/completions", "/tokenize", "/detokenize"] {
            #expect(try await server.send(.post, uri, body: "{").status == .unauthorized)
        }
    }

    @Test func metricsCanBeProtected() async throws {
        let server = try await TestServer { ($0.apiKeys, $0.protectsMetrics) = (["key"], true) }
        #expect(try await server.send(.get, "/metrics").status == .unauthorized)
        #expect(try await server.send(.get, "/metrics", headers: [.authorization: "Bearer key"]).status == .ok)
    }

    @Test(
        arguments: [
            ("application/json", 200), ("application/json; charset=utf-8", 200), ("Application/JSON", 200),
            ("application/json ;charset=utf-8", 200), ("text/plain", 400), ("application/jsonx", 400),
            ("application/x-www-form-urlencoded", 400), ("", 400), (nil, 400),
        ] as [(String?, Int)]
    )
    func mediaTypes(type: String?, status: Int) async throws {
        var headers = HTTPFields()
        headers[.contentType] = type
        let response = try await TestServer().send(.post, "/v1/completions", headers: headers, body: Self.completion)
        #expect(response.status.code == status)
        if status == 400 { #expect(response.text.contains("Unsupported Media Type")) }
    }

    @Test func bodiesHaveALimit() async throws {
        let server = try await TestServer { $0.maxBodyByteCount = 1000 }
        let long = Self.completion.replacing("Hi", with: String(repeating: "x", count: 2000))
        let response = try await server.send(.post, "/v1/completions", body: long)
        #expect(response.status == .contentTooLarge)
        #expect(response.text.contains("1000"))
        #expect(response.headers[.connection] == "close")
        #expect(try await server.send(.post, "/v1/completions", body: Self.completion).status == .ok)
    }

    @Test(arguments: ["", "{", "[]", "null", "{\"prompt\":", "\u{1}"])
    func brokenBodiesAreRefused(body: String) async throws {
        let response = try await TestServer().send(.post, "/v1/completions", body: body)
        #expect(response.status == .badRequest)
        #expect(response.text.contains("\"error\""))
    }

    @Test func modelsAreListed() async throws {
        let server = try await TestServer()
        let list = try await server.send(.get, "/v1/models").text
        #expect(list.contains("\"id\":\"tiny\"") && list.contains("\"id\":\"org/tiny\""))
        #expect(list.contains("\"max_model_len\":256"))
        #expect(list.contains("\"root\":\"somewhere\""))
        for uri in ["/v1/models/tiny", "/v1/models/org/tiny", "/v1/models/org%2Ftiny"] {
            #expect(try await server.send(.get, uri).status == .ok, "\(uri)")
        }
    }

    @Test func healthHasNoBody() async throws {
        let server = try await TestServer()
        let health = try await server.send(.get, "/health")
        #expect(health.status == .ok && health.text.isEmpty)
        #expect(try await server.send(.post, "/ping").status == .ok)
    }

    @Test func metricsFollowTheTraffic() async throws {
        let server = try await TestServer()
        func value(_ name: String, _ labels: [String: String] = [:]) async throws -> Double {
            let response = try await server.send(.get, "/metrics")
            #expect(response.headers[.contentType]?.hasPrefix("text/plain") == true)
            let samples = try #require(ExpositionReader.samples(response.text))
            return samples.filter { sample in
                sample.name == name && labels.allSatisfy { sample.labels[$0] == $1 }
            }.reduce(0) { $0 + $1.value }
        }
        let handler = ["handler": "/v1/completions", "status": "2xx"]
        #expect(try await value("http_requests_total", handler) == 0)
        #expect(try await server.send(.post, "/v1/completions", body: Self.completion).status == .ok)
        #expect(try await value("http_requests_total", handler) == 1)
        #expect(try await value("vllm:generation_tokens_total") > 0)
        #expect(try await value("vllm:kv_cache_usage_perc") >= 0)
        _ = try await server.send(.get, "/somewhere-\(RandomID.hex(8))")
        #expect(try await value("http_requests_total", ["handler": "none", "status": "4xx"]) == 1)
    }

    @Test(arguments: [true, false]) func requestIDs(isSent: Bool) async throws {
        let server = try await TestServer { $0.sendsRequestIDHeader = isSent }
        let name = try #require(HTTPField.Name("X-Request-Id"))
        let own = try await server.send(.get, "/v1/models")
        #expect((own.headers[name]?.count == 32) == isSent)
        let given = try await server.send(
            .post,
            "/v1/completions",
            headers: [.contentType: "application/json", name: "mine"],
            body: Self.completion
        )
        #expect((given.headers[name] == "mine") == isSent)
        #expect(given.text.contains("\"id\":\"cmpl-mine\""))
    }

    @Test func streamsEndWithDone() async throws {
        let server = try await TestServer { $0.forcesUsage = true }
        for (uri, body) in [("/v1/chat/completions", Self.chat), ("/v1/completions", Self.completion)] {
            let stream = "{\"stream\":true," + body.dropFirst()
            let response = try await server.send(.post, uri, body: stream)
            #expect(response.headers[.contentType] == "text/event-stream; charset=utf-8")
            let events = response.text.split(separator: "\n\n")
            #expect(events.last == "data: [DONE]")
            #expect(events.allSatisfy { $0.hasPrefix("data: ") })
            #expect(events.dropLast().last?.contains("\"completion_tokens\":4") == true)
        }
    }

    @Test func tokensGoThereAndBack() async throws {
        let server = try await TestServer()
        let tokens = try await server.send(.post, "/tokenize", body: #"{"model":"tiny","prompt":"Hi!"}"#)
        #expect(tokens.text.hasPrefix(#"{"count":3,"max_model_len":256,"tokens":[72,105,33]"#))
        let text = try await server.send(.post, "/detokenize", body: #"{"model":"tiny","tokens":[72,105,33]}"#)
        #expect(text.text == #"{"prompt":"Hi!"}"#)
    }
}
