import MartletHub
import Testing

@Suite struct HubModelIDTests {
    @Test(arguments: [
        ("Qwen/Qwen3-0.6B", "models--Qwen--Qwen3-0.6B", nil), ("a/b@main", "models--a--b", "main"),
        ("my_org/x.y-z@refs/pr/12", "models--my_org--x.y-z", "refs/pr/12"), ("a/b@v1.0", "models--a--b", "v1.0"),
    ])
    func accepts(_ text: String, _ folder: String, _ revision: String?) throws {
        let (id, found) = try HubModelID.parse(text)
        #expect(id.folderName == folder)
        #expect(found == revision)
    }

    @Test(arguments: [
        "", "gpt2", "a/b/c", "/b", "a/", "a/..", "../b", "a/-b", "a/b-", "a/b--c", "a b/c", "a/b.git", "a/é", "a/b\n",
        "a/" + String(repeating: "x", count: 95),
    ])
    func refuses(_ text: String) {
        do throws(HubError) {
            _ = try HubModelID.parse(text)
            Issue.record("'\(text)' was taken")
        } catch {
            guard case .invalidModel(text, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.description.contains("ORG/NAME"))
        }
    }

    @Test(arguments: ["", "..", "a/../b", "/a", "a//b", "a b", ".git", "-x", "a\0", "a/.hidden", "a/", "x.lock", "é"])
    func refusesRevisions(_ revision: String) {
        #expect(throws: HubError.invalidRevision(revision)) { try HubModelID.parse("a/b@\(revision)") }
    }
}
