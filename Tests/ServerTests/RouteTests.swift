import Hummingbird
import MartletServer
import Testing

@Suite struct RouteTests {
    @Test(
        arguments: [
            ("/v1/models", "/v1/models", ""), ("/v1/models", "/v1/models/", nil), ("/v1/models", "/v1/Models", nil),
            ("/v1/models", "/v1/model", nil), ("/v1/models/*", "/v1/models", nil), ("/v1/models/*", "/v1/models/", nil),
            ("/v1/models/*", "/v1/models/a", "a"), ("/v1/models/*", "/v1/models/org/name", "org/name"),
            ("/v1/models/*", "/v1/modelsx/a", nil), ("/v1/models/*", "/v1/models//", "/"),
            ("/r/{id}", "/r/a", "a"), ("/r/{id}", "/r/", nil), ("/r/{id}", "/r/a/b", nil), ("/r/{id}", "/s/a", nil),
            ("/r/{id}/end", "/r/a/end", "a"), ("/r/{id}/end", "/r/end", nil), ("/r/{id}/end", "/r//end", nil),
            ("/r/{id}/end", "/r/a", nil),
        ] as [(String, String, String?)]
    )
    func match(pattern: String, path: String, rest: String?) {
        #expect(Route(.get, pattern) { _, _, _ in Response(status: .ok) }.match(path) == rest)
    }
}

@Suite struct RandomIDTests {
    @Test(arguments: [0, 1, 15, 16, 17, 32, 100]) func isHexadecimal(count: Int) {
        let id = RandomID.hex(count)
        #expect(id.utf8.count == count)
        #expect(id.allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test func differs() { #expect(Set((0..<1000).map { _ in RandomID.hex(16) }).count == 1000) }
}
