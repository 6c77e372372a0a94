import HTTPTypes
import HummingbirdTesting
import MartletServer
import Testing

/// Requests that are rendered and not answered.
@Suite struct RenderRouteTests {
    @Test func completionsShowTokensAndSampling() async throws {
        let server = try await TestServer()
        let body = #"{"model":"tiny","prompt":["Hi!","H"],"temperature":0,"max_tokens":3,"seed":5}"#
        let response = try await server.send(.post, "/v1/completions/render", body: body)
        #expect(response.status == .ok)
        // the tokens of this model are bytes
        #expect(response.text.contains(#""token_ids":[72,105,33],"token_offsets":null"#))
        #expect(response.text.contains(#""token_ids":[72],"token_offsets":null"#))
        let parameters =
            #""sampling_params":{"presence_penalty":0.0,"frequency_penalty":0.0,"repetition_penalty":1.0,"#
            + #""temperature":0.0,"seed":5,"stop":[],"stop_token_ids":[],"max_tokens":3,"output_kind":2,"#
            + #""skip_clone":true,"bad_words":[],"skip_reading_prefix_cache":false}"#
        #expect(response.text.contains(parameters))
    }

    @Test func mistakesAreRefusedAsInGeneration() async throws {
        let server = try await TestServer()
        let long = String(repeating: "x", count: 400)
        for body in [#"{"prompt":"Hi","temperature":-1}"#, "{\"prompt\":\"\(long)\"}", "{}", "["] {
            let rendered = try await server.send(.post, "/v1/completions/render", body: body)
            let generated = try await server.send(.post, "/v1/completions", body: body)
            #expect(rendered.status == .badRequest)
            #expect(rendered.text == generated.text)
        }
    }

    @Test(arguments: ["/proxy/v1/models", "/v1/models", "/proxy/v1/models/"])
    func prefixOfAProxy(uri: String) async throws {
        let server = try await TestServer { ($0.rootPath, $0.apiKeys) = ("/proxy", ["key"]) }
        #expect(try await server.send(.get, uri).status == .unauthorized)
        let response = try await server.send(.get, uri, headers: [.authorization: "Bearer key"])
        #expect(response.status.code == (uri.hasSuffix("/") ? 307 : 200))
        #expect(
            try await server.send(.get, "/proxyv1/models", headers: [.authorization: "Bearer key"]).status == .notFound
        )
        #expect(try await server.send(.get, "/proxy/health").status == .ok)
    }

    @Test(arguments: [
        (FingerprintMode.none, "null"), (.custom("mine"), "\"mine\""),
    ])
    func fingerprints(mode: FingerprintMode, shown: String) async throws {
        let server = try await TestServer { $0.fingerprint = mode }
        let body = #"{"prompt":"Hi","max_tokens":1}"#
        let response = try await server.send(.post, "/v1/completions", body: body)
        #expect(response.text.contains("\"system_fingerprint\":\(shown)"))
    }
}
