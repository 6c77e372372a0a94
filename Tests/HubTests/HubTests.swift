import Foundation
import MartletHub
import MartletJSON
import Synchronization
import Testing

@Suite struct HubTests {
    private let wanted = [
        "additional_chat_templates/tool_use.jinja", "config.json", "model.safetensors", "tokenizer.json",
        "tokenizer_config.json",
    ]

    private func names(in folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().filter { name in
            var isFolder: ObjCBool = false
            _ = unsafe FileManager.default.fileExists(
                atPath: folder.appending(path: name).path,
                isDirectory: &isFolder
            )
            return !isFolder.boolValue
        }
    }

    @Test func downloadsOnlyWhatIsWantedInTheStandardLayout() async throws {
        let server = try EndpointServer(tinyHub())
        let events = Mutex<[DownloadProgress]>([])
        let hub = Hub(try server.configuration()) { event in
            if case .progress(let progress) = event { events.withLock { $0.append(progress) } }
        }
        let snapshot = try await hub.resolve("org/tiny")
        let cache = server.cacheFolder()
        #expect(snapshot.path == cache.appending(path: "snapshots/\(tinyCommit)").path)
        #expect(try names(in: snapshot) == wanted)
        #expect(try String(contentsOf: cache.appending(path: "refs/main"), encoding: .utf8) == tinyCommit)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(
                atPath: snapshot.appending(path: "additional_chat_templates/tool_use.jinja").path
            ).hasPrefix("../../../blobs/")
        )
        // git hash-object of the file's text
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: snapshot.appending(path: "config.json").path)
                == "../../blobs/230d5f4da0da586aad26ead694ea67cd15bd6df1"
        )
        #expect(try names(in: cache.appending(path: "blobs")).count == 5)
        let last = try #require(events.withLock { $0.last })
        #expect(last.fileCount == 5 && last.totalFileCount == 5 && last.byteCount == last.totalByteCount)
        #expect(last.receivedByteCount == last.totalByteCount)
        #expect(try !server.requests.contains { $0.path.hasSuffix(".bin") || $0.path.hasSuffix(".py") })
    }

    @Test func fetchesTokenizersInOtherFiles() async throws {
        let wanted = [
            "config.json", "model.safetensors", "qwen.tiktoken", "sentencepiece.bpe.model", "spiece.model",
            "tiktoken.model",
        ]
        let files = JSONObject((wanted + ["other.model", "notes.txt"]).map { ($0, ["text": "x"]) })
        let server = try EndpointServer(tinyHub(model: ["files": .object(files)]))
        #expect(try names(in: await Hub(try server.configuration()).resolve("org/tiny")) == wanted)
    }

    @Test func asksOnlyForTheCommitWhenAllIsThere() async throws {
        let server = try EndpointServer(tinyHub())
        let hub = Hub(try server.configuration())
        let first = try await hub.resolve("org/tiny")
        let count = try server.requests.count
        #expect(try await hub.resolve("org/tiny") == first)
        #expect(try server.requests.dropFirst(count).map(\.path) == ["/api/models/org/tiny/revision/main"])
        #expect(try await hub.resolve("org/tiny@\(tinyCommit)") == first)
        #expect(try server.requests.count == count + 1)
        var offline = try server.configuration(["HF_HUB_OFFLINE": "1"])
        offline.endpoint = "http://127.0.0.1:1"
        #expect(try await Hub(offline).resolve("org/tiny") == first)
        #expect(try server.requests.count == count + 1)
    }

    @Test func downloadsAnotherRevisionBesideTheFirst() async throws {
        let other = String(repeating: "ab", count: 20)
        let server = try EndpointServer(tinyHub(model: ["branches": ["refs/pr/1": .string(other)]]))
        let hub = Hub(try server.configuration())
        _ = try await hub.resolve("org/tiny")
        let count = try server.requests.count
        let second = try await hub.resolve("org/tiny@refs/pr/1")
        #expect(second.lastPathComponent == other)
        #expect(try names(in: second) == wanted)
        #expect(try server.requests.dropFirst(count).allSatisfy { $0.method == "HEAD" || $0.path.hasPrefix("/api/") })
        #expect(try await hub.resolve("org/tiny", revision: "refs/pr/1") == second)
        await #expect(throws: HubError.conflictingRevisions("main", "refs/pr/1")) {
            try await hub.resolve("org/tiny@main", revision: "refs/pr/1")
        }
    }

    @Test func takesTheShardsThatTheIndexNames() async throws {
        let index =
            #"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#
        let files: JSONValue = [
            "config.json": ["text": "{}"],
            "model.safetensors.index.json": ["text": .string(index)],
            "model-00001-of-00002.safetensors": ["size": 70_000, "lfs": true],
            "model-00002-of-00002.safetensors": ["size": 90_000, "lfs": true],
            "consolidated.safetensors": ["size": 160_000, "lfs": true],
        ]
        let server = try EndpointServer(tinyHub(model: ["files": files]))
        let snapshot = try await Hub(try server.configuration()).resolve("org/tiny")
        #expect(
            try names(in: snapshot) == [
                "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
            ]
        )
    }

    @Test func replacesAnOldCommit() async throws {
        let server = try EndpointServer(tinyHub())
        let hub = Hub(try server.configuration())
        _ = try await hub.resolve("org/tiny")
        let commit = String(repeating: "cd", count: 20)
        try server.change(to: tinyHub(size: 300_000, model: ["commit": .string(commit)]))
        let snapshot = try await hub.resolve("org/tiny")
        #expect(snapshot.lastPathComponent == commit)
        #expect(try Data(contentsOf: snapshot.appending(path: "model.safetensors")).count == 300_000)
    }

    @Test func anExistingFolderWins() async throws {
        let server = try EndpointServer(tinyHub())
        let folder = server.folder.appending(path: "local/model")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let hub = Hub(try server.configuration(["HF_HUB_OFFLINE": "1"]))
        #expect(try await hub.resolve(folder.path).path == folder.path)
        let missing = server.folder.appending(path: "missing").path
        await #expect(throws: HubError.folderNotFound(missing)) { try await hub.resolve(missing) }
        let file = server.folder.appending(path: "spec.json").path
        await #expect(throws: HubError.notAFolder(file)) { try await hub.resolve(file) }
        #expect(try server.requests.isEmpty)
    }

    @Test func followsARenamedModel() async throws {
        let server = try EndpointServer(tinyHub(["moved": ["old/tiny": "org/tiny"]]))
        let hub = Hub(try server.configuration(token: "hf_good"))
        let snapshot = try await hub.resolve("old/tiny")
        #expect(snapshot.path.contains("models--old--tiny"))
        #expect(try names(in: snapshot) == wanted)
        #expect(try server.requests.allSatisfy { $0.port == "cdn" || $0.authorization == "Bearer hf_good" })
    }

    @Test func goesThroughAProxy() async throws {
        let server = try EndpointServer(tinyHub())
        let variables = ["HF_ENDPOINT": "http://hub.invalid", "http_proxy": server.endpoint]
        let snapshot = try await Hub(try server.configuration(variables, token: "hf_good")).resolve("org/tiny")
        #expect(try names(in: snapshot) == wanted)
        let tunnels = try server.requests.filter { $0.method == "CONNECT" }
        #expect(!tunnels.isEmpty && tunnels.allSatisfy { $0.authorization == nil })
        #expect(tunnels.contains { $0.path == "hub.invalid:80" })
    }

    @Test func aSharedReadOnlyCacheServes() async throws {
        let server = try EndpointServer(tinyHub())
        let hub = Hub(try server.configuration())
        let snapshot = try await hub.resolve("org/tiny")
        let refs = server.cacheFolder().appending(path: "refs")
        try FileManager.default.removeItem(at: refs)
        try Data().write(to: refs)
        #expect(try await hub.resolve("org/tiny") == snapshot)
    }

    @Test func twoDownloadsAtOnceShareTheWork() async throws {
        let server = try EndpointServer(tinyHub(size: 400_000, ["delay": 0.03]))
        let configuration = try server.configuration()
        let waited = Mutex(0)
        let hubs = (0..<2).map { _ in
            Hub(configuration) { if case .waiting = $0 { waited.withLock { $0 += 1 } } }
        }
        async let first = hubs[0].resolve("org/tiny")
        async let second = hubs[1].resolve("org/tiny")
        let folders = try await [first, second]
        #expect(folders[0] == folders[1])
        #expect(try Data(contentsOf: folders[0].appending(path: "model.safetensors")).count == 400_000)
        let transfers = try server.requests.filter { $0.method == "GET" && $0.path.contains("model.safetensors") }
        #expect(transfers.count == 2)
        #expect(waited.withLock { $0 } > 0)
    }
}
