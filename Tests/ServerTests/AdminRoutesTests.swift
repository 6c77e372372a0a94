import HTTPTypes
import HummingbirdTesting
import MartletServer
import Testing

/// The routes that change how the server runs, whose answers are the reference's.
@Suite(.serialized) struct AdminRoutesTests {
    private static let completion = #"{"model":"tiny","prompt":"Hello there","temperature":0,"max_tokens":4}"#

    @Test(arguments: ["/sleep", "/wake_up", "/pause", "/resume", "/reset_prefix_cache"])
    func absentUnlessWanted(uri: String) async throws {
        #expect(try await TestServer().send(.post, uri).status == .notFound)
    }

    @Test func aKeyIsWanted() async throws {
        let server = try await TestServer { ($0.apiKeys, $0.hasAdminRoutes) = (["key"], true) }
        #expect(try await server.send(.post, "/sleep").status == .unauthorized)
        #expect(try await server.send(.get, "/server_info").status == .unauthorized)
        let headers: HTTPFields = [.authorization: "Bearer key"]
        let info = try await server.send(.get, "/server_info", headers: headers)
        #expect(info.status == .ok && !info.text.contains("key\""))
    }

    @Test func sleepRefusesRequestsUntilWakeUp() async throws {
        let server = try await TestServer { $0.hasAdminRoutes = true }
        #expect(try await server.send(.post, "/sleep?level=1").text == #"{"status":"sleeping","level":1}"#)
        #expect(try await server.send(.get, "/is_sleeping").text == #"{"is_sleeping":true}"#)
        let refused = try await server.send(.post, "/v1/completions", body: Self.completion)
        #expect(refused.status == .serviceUnavailable)
        #expect(refused.headers[.retryAfter] != nil)
        #expect(try await server.send(.post, "/wake_up").text == #"{"status":"awake","tags":null}"#)
        #expect(try await server.send(.get, "/is_sleeping").text == #"{"is_sleeping":false}"#)
        #expect(try await server.send(.post, "/v1/completions", body: Self.completion).status == .ok)
        #expect(try await server.send(.post, "/sleep?level=9").status == .badRequest)
        #expect(try await server.send(.post, "/sleep?level=x").status == .badRequest)
    }

    @Test func pauseRefusesRequestsUntilResume() async throws {
        let server = try await TestServer { $0.hasAdminRoutes = true }
        #expect(try await server.send(.post, "/pause?mode=wait").text == #"{"status":"paused"}"#)
        #expect(try await server.send(.get, "/is_paused").text == #"{"is_paused":true}"#)
        let refused = try await server.send(.post, "/v1/completions", body: Self.completion)
        #expect(refused.status == .serviceUnavailable)
        #expect(try await server.send(.post, "/resume").text == #"{"status":"resumed"}"#)
        #expect(try await server.send(.post, "/v1/completions", body: Self.completion).status == .ok)
        #expect(try await server.send(.post, "/is_paused").status == .methodNotAllowed)
        #expect(try await server.send(.get, "/get_world_size").text == #"{"world_size":1}"#)
    }

    @Test func resetEmptiesThePrefixCache() async throws {
        let server = try await TestServer { ($0.hasAdminRoutes, $0.reportsPromptTokenDetails) = (true, true) }
        let prompt = (0..<40).map { "w\($0 % 7)" }.joined(separator: " ")
        let body = #"{"model":"tiny","prompt":"\#(prompt)","temperature":0,"max_tokens":2}"#
        func isCached() async throws -> Bool {
            let text = try await server.send(.post, "/v1/completions", body: body).text
            #expect(text.contains("\"cached_tokens\":"))
            return !text.contains("\"cached_tokens\":0")
        }
        _ = try await isCached()
        #expect(try await isCached())
        #expect(try await server.send(.post, "/reset_prefix_cache").text == #"{"success":true}"#)
        #expect(try await !isCached())
        #expect(try await isCached())
    }

    @Test(
        arguments: [
            ("JSON", #"JSON {"named_metrics": {"num_requests_waiting": "#),
            ("text", "TEXT named_metrics.num_requests_waiting="),
            ("xml", nil),
        ] as [(String, String?)]
    )
    func loadIsReportedOnDemand(format: String, start: String?) async throws {
        let server = try await TestServer()
        let wish = try #require(HTTPField.Name("endpoint-load-metrics-format"))
        let name = try #require(HTTPField.Name("endpoint-load-metrics"))
        let headers: HTTPFields = [.contentType: "application/json", wish: format]
        let whole = try await server.send(.post, "/v1/completions", headers: headers, body: Self.completion)
        #expect(whole.status == .ok)
        #expect((whole.headers[name]?.hasPrefix(start ?? "-") == true) == (start != nil))
        let stream = "{\"stream\":true," + Self.completion.dropFirst()
        let streamed = try await server.send(.post, "/v1/completions", headers: headers, body: stream)
        #expect(streamed.status == .ok && streamed.headers[name] == nil)
    }

    @Test func loadIsZeroUnlessCounted() async throws {
        let server = try await TestServer()
        #expect(try await server.send(.get, "/load").text == #"{"server_load":0}"#)
    }
}
