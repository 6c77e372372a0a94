import HTTPTypes
import MartletOpenAIAPI
import MartletServer
import Testing

@Suite struct ResponseStoreTests {
    private let owner = APIKeys(["key"]).owner(of: [.authorization: "Bearer key"])

    private func entry(_ id: String, text: String = "a", abort: (@Sendable () -> Void)? = nil) -> ResponseStore.Entry {
        ResponseStore.Entry(
            response: ResponseObject(id: id, created: 0, model: "m", echo: ResponseEcho()),
            messages: [ChatMessage(role: "user", content: .text(text))],
            owner: owner,
            abort: abort
        )
    }

    private func status(_ body: () throws(APIError) -> Void) -> Int? {
        do throws(APIError) {
            try body()
            return nil
        } catch {
            return error.status
        }
    }

    @Test func theOldestMakesRoom() throws {
        let store = ResponseStore(maxCount: 2, maxByteCount: 1 << 20)
        for id in ["a", "b", "c"] { store.insert(entry(id)) }
        #expect(["a", "b", "c"].map { store.contains($0) } == [false, true, true])
        store.insert(entry("b"))
        store.insert(entry("d"))
        #expect(["b", "c", "d"].map { store.contains($0) } == [true, false, true])
    }

    @Test func bytesAreBounded() {
        let store = ResponseStore(maxCount: 100, maxByteCount: 10_000)
        for id in ["a", "b", "c", "d", "e", "f"] { store.insert(entry(id, text: String(repeating: "x", count: 2000))) }
        #expect(!store.contains("a") && store.contains("f"))
        store.insert(entry("large", text: String(repeating: "x", count: 20_000)))
        #expect(!store.contains("large") && store.contains("f"))
    }

    @Test func othersDoNotSeeIt() throws {
        let store = ResponseStore(maxCount: 2, maxByteCount: 1 << 20)
        store.insert(entry("a"))
        let other = APIKeys(["key"]).owner(of: [.authorization: "Bearer other"])
        #expect(status { () throws(APIError) in _ = try store.entry("a", of: other) } == 404)
        #expect(status { () throws(APIError) in try store.remove("a", of: other) } == 404)
        #expect(status { () throws(APIError) in _ = try store.cancel("a", of: other) } == 404)
        #expect(try store.entry("a", of: owner).response.id == "a")
        try store.remove("a", of: owner)
        #expect(status { () throws(APIError) in _ = try store.entry("a", of: owner) } == 404)
    }

    @Test func onlyWhatGoesOnIsCancelled() async throws {
        let store = ResponseStore(maxCount: 2, maxByteCount: 1 << 20)
        store.insert(entry("a"))
        #expect(status { () throws(APIError) in _ = try store.cancel("a", of: owner) } == 400)
        try await confirmation { (aborted: Confirmation) throws in
            store.insert(entry("b", abort: { aborted() }))
            #expect(try store.cancel("b", of: owner).status == .cancelled)
            #expect(try store.cancel("b", of: owner).status == .cancelled)
        }
        store.update(entry("gone"))
        #expect(!store.contains("gone"))
    }
}
