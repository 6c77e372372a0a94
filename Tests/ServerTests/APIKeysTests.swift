import HTTPTypes
import MartletServer
import Testing

@Suite struct APIKeysTests {
    @Test(arguments: [
        ("Bearer key1", true), ("bearer key1", true), ("BEARER key2", true), ("Bearer key2", true),
        ("Bearer key with spaces", true), ("Bearer  key1", false),
        ("Bearer Key1", false), ("Bearer", false), ("Bearer ", false), ("key1", false), ("Basic key1", false),
        ("Bearer\tkey1", false), ("Bearer key", false), ("Bearer key11", false), ("Bearer key1, Bearer key2", false),
        ("", false), ("Bearer cafe\u{301}", true), ("Bearer caf\u{E9}", false),
    ])
    func authorization(value: String, isAccepted: Bool) {
        let keys = APIKeys(["key1", "key2", "key with spaces", "cafe\u{301}"])
        var headers = HTTPFields()
        headers[.authorization] = value
        #expect(keys.accept(headers) == isAccepted)
    }

    @Test func noHeader() { #expect(!APIKeys(["key"]).accept([:])) }

    @Test func otherHeadersDoNotCount() throws {
        let name = try #require(HTTPField.Name("x-api-key"))
        #expect(!APIKeys(["key"]).accept([name: "key", .cookie: "Bearer key"]))
    }

    @Test func withoutKeysEveryoneMay() {
        #expect(APIKeys([]).isEmpty && APIKeys([]).accept([:]))
        // empty keys are none
        #expect(APIKeys(["", ""]).isEmpty)
        #expect(!APIKeys(["", "key"]).accept([.authorization: "Bearer "]))
    }
}
