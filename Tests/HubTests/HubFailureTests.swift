import Foundation
import MartletHub
import MartletJSON
import Synchronization
import Testing

@Suite struct HubFailureTests {
    private func failure(_ server: EndpointServer, token: String? = nil, _ model: String = "org/tiny") async
        -> HubError?
    {
        do throws(HubError) {
            let configuration: HubConfiguration
            do { configuration = try server.configuration(token: token) } catch { return nil }
            _ = try await Hub(configuration).resolve(model)
            return nil
        } catch {
            return error
        }
    }

    private func blobs(_ server: EndpointServer) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: server.cacheFolder().appending(path: "blobs").path)) ?? []
    }

    @Test func continuesAfterCutConnections() async throws {
        let server = try EndpointServer(tinyHub(["cut": ["model.safetensors": [50_000, 60_000]]]))
        let retries = Mutex(0)
        let hub = Hub(try server.configuration()) { if case .retrying = $0 { retries.withLock { $0 += 1 } } }
        let snapshot = try await hub.resolve("org/tiny")
        #expect(try Data(contentsOf: snapshot.appending(path: "model.safetensors")).count == 200_000)
        let ranges = try server.requests.filter { $0.method == "GET" && $0.path.hasPrefix("/bytes") }.map(\.range)
        #expect(ranges.count == 3 && ranges.first == .some(nil))
        #expect(ranges.dropFirst().allSatisfy { $0?.hasPrefix("bytes=") == true })
        #expect(retries.withLock { $0 } == 2)
        #expect(!blobs(server).contains { $0.hasSuffix(".incomplete") })
    }

    @Test func continuesInTheNextRun() async throws {
        let server = try EndpointServer(tinyHub(["cut": ["model.safetensors": [50_000, 0, 0, 0, 0, 0]]]))
        guard case .unreachable = await failure(server) else {
            Issue.record("the download went through")
            return
        }
        let partial = try #require(blobs(server).first { $0.hasSuffix(".incomplete") })
        let path = server.cacheFolder().appending(path: "blobs/\(partial)")
        let arrived = try Data(contentsOf: path).count
        #expect((1...50_000).contains(arrived))
        try server.change(to: tinyHub())
        let count = try server.requests.count
        let snapshot = try await Hub(try server.configuration()).resolve("org/tiny")
        #expect(try Data(contentsOf: snapshot.appending(path: "model.safetensors")).count == 200_000)
        let transfers = try server.requests.dropFirst(count).filter { $0.path.hasPrefix("/bytes") }
        #expect(transfers.map(\.range) == ["bytes=\(arrived)-"])
    }

    @Test func startsOverWhereTheServerCannotContinue() async throws {
        let server = try EndpointServer(tinyHub(["cut": ["model.safetensors": [50_000]], "no_range": true]))
        let snapshot = try await Hub(try server.configuration()).resolve("org/tiny")
        #expect(try Data(contentsOf: snapshot.appending(path: "model.safetensors")).count == 200_000)
    }

    @Test func aDamagedPartIsDownloadedAgain() async throws {
        let server = try EndpointServer(tinyHub(["cut": ["model.safetensors": [50_000, 0, 0, 0, 0, 0]]]))
        _ = await failure(server)
        let partial = try #require(blobs(server).first { $0.hasSuffix(".incomplete") })
        let path = server.cacheFolder().appending(path: "blobs/\(partial)")
        try Data(repeating: 7, count: 60_000).write(to: path)
        try server.change(to: tinyHub())
        let snapshot = try await Hub(try server.configuration()).resolve("org/tiny")
        let digest = try FileManager.default.destinationOfSymbolicLink(
            atPath: snapshot.appending(path: "model.safetensors").path
        )
        #expect(digest == "../../blobs/\(partial.dropLast(".incomplete".count))")
        #expect(try Data(contentsOf: snapshot.appending(path: "model.safetensors")).count == 200_000)
    }

    @Test(arguments: ["model.safetensors", "config.json"])
    func damagedBytesAreRefusedAndRemoved(_ file: String) async throws {
        let server = try EndpointServer(tinyHub(["corrupt": [.string(file)]]))
        guard case .checksumMismatch(file, let expected, let found) = await failure(server) else {
            Issue.record("no checksum mismatch for \(file)")
            return
        }
        #expect(expected.utf8.count == found.utf8.count && expected != found)
        #expect(!blobs(server).contains { $0.hasPrefix(expected) })
    }

    @Test func moreBytesThanAnnouncedAreRefused() async throws {
        let server = try EndpointServer(tinyHub(["announce": ["model.safetensors": 1000]]))
        guard case .sizeMismatch("model.safetensors", 1000, let found) = await failure(server) else {
            Issue.record("no size mismatch")
            return
        }
        #expect(found > 1000)
        #expect(!blobs(server).contains { $0.hasSuffix(".incomplete") })
    }

    @Test func filesThatDoNotFitAreNotStarted() async throws {
        let size = 1 << 48
        let server = try EndpointServer(tinyHub(["announce": ["model.safetensors": .integer(size)]]))
        guard case .diskFull(_, let needed, let free) = await failure(server) else {
            Issue.record("no complaint about the disk")
            return
        }
        #expect(needed >= size && free < needed)
        #expect(try !server.requests.contains { $0.method == "GET" && $0.path.contains("/resolve/") })
    }

    @Test func theTokenStaysWithTheEndpoint() async throws {
        for host in ["localhost", "127.0.0.1"] {
            let spec: JSONValue = ["cdn": .string("http://\(host):{cdn}")]
            let server = try EndpointServer(tinyHub(spec, model: ["private": true]))
            _ = try await Hub(try server.configuration(token: "hf_good")).resolve("org/tiny")
            let requests = try server.requests
            #expect(requests.filter { $0.port == "cdn" }.count == 1)
            #expect(requests.allSatisfy { ($0.authorization == "Bearer hf_good") == ($0.port == "hub") })
        }
    }

    @Test func refusalsSayWhatToDo() async throws {
        let server = try EndpointServer(tinyHub(model: ["gated": true]))
        let page = "\(server.endpoint)/org/tiny"
        let gated = await failure(server)
        #expect(gated == .gated(model: "org/tiny", page: page, hasToken: false))
        #expect(gated?.description.contains(page) == true && gated?.description.contains("HF_TOKEN") == true)
        #expect(await failure(server, token: "hf_bad") == .gated(model: "org/tiny", page: page, hasToken: true))
        #expect(await failure(server, token: "hf_good") == nil)

        let missing = await failure(server, "org/none")
        #expect(missing == .modelNotFound(model: "org/none", endpoint: server.endpoint, hasToken: false))
        #expect(
            await failure(server, token: "hf_good", "org/none")
                == .modelNotFound(model: "org/none", endpoint: server.endpoint, hasToken: true)
        )
        #expect(
            await failure(server, "org/tiny@v9") == .revisionNotFound(model: "org/tiny", revision: "v9")
        )
    }

    @Test func aModelWithoutSafetensorsIsRefused() async throws {
        let files: JSONValue = ["config.json": ["text": "{}"], "pytorch_model.bin": ["text": "pickle"]]
        let server = try EndpointServer(tinyHub(model: ["files": files]))
        #expect(await failure(server) == .noWeights(model: "org/tiny"))
    }

    @Test(arguments: ["../../evil.json", "/etc/passwd", "a/../config.json", "..", "a\\..\\..\\config.json"])
    func namesThatLeaveTheFolderAreRefused(_ name: String) async throws {
        let server = try EndpointServer(tinyHub(model: ["siblings": [.string(name)]]))
        #expect(await failure(server) == .unsafeFileName(model: "org/tiny", file: name))
        #expect(blobs(server).isEmpty)
    }

    @Test(arguments: ["../other.safetensors", "/tmp/x.safetensors", "weights.bin", "sub/model.safetensors"])
    func anIndexCannotNameOtherFiles(_ name: String) async throws {
        let index = JSONValue.object(JSONObject([("weight_map", ["a": .string(name)])]))
        let files: JSONValue = [
            "config.json": ["text": "{}"], "model.safetensors.index.json": ["text": .string(index.serialized)],
        ]
        let server = try EndpointServer(tinyHub(model: ["files": files]))
        guard case .malformedResponse = await failure(server) else {
            Issue.record("the index naming \(name) was taken")
            return
        }
    }

    @Test(arguments: [
        "", "<html>", "[]", "{}", #"{"sha": "main", "siblings": []}"#, #"{"sha": 7, "siblings": []}"#,
        #"{"sha": "../../../../../../../../../../../../etc/x", "siblings": []}"#,
        "{\"sha\": \"\(tinyCommit)\"}", "{\"sha\": \"\(tinyCommit)\", \"siblings\": [{\"rfilename\": 1}]}",
        String(repeating: "[", count: 100_000),
    ])
    func answersThatAreNoneAreRefused(_ body: String) async throws {
        let server = try EndpointServer(tinyHub(["raw": ["/api/": .string(body)]]))
        guard case .malformedResponse = await failure(server) else {
            Issue.record("\(body.prefix(60)) was taken")
            return
        }
    }

    @Test(arguments: [
        "/api/models/org/tiny/revision/main", "file:///etc/passwd", "http://user:pass@127.0.0.1:{hub}/api/x", "http://",
        "",
    ])
    func redirectsThatLeadNowhereAreRefused(_ place: String) async throws {
        let server = try EndpointServer(tinyHub(["redirect": ["/api/": .string(place)]]))
        guard case .redirectRefused = await failure(server, token: "hf_good") else {
            Issue.record("the redirect to '\(place)' was followed")
            return
        }
        #expect(try server.requests.count <= 9)
    }

    @Test func aTokenThatLeftTheEndpointDoesNotComeBack() async throws {
        let spec: JSONValue = [
            "redirect": [
                "/org/tiny/resolve": "http://localhost:{cdn}/hop",
                "/hop": "http://127.0.0.1:{hub}/bytes/org/tiny/config.json",
            ]
        ]
        let server = try EndpointServer(
            tinyHub(spec, model: ["files": ["config.json": ["text": "{}"], "a.safetensors": ["text": "a"]]])
        )
        _ = await failure(server, token: "hf_good")
        let requests = try server.requests
        #expect(requests.contains { $0.path.hasPrefix("/bytes") && $0.port == "hub" })
        #expect(requests.allSatisfy { ($0.authorization == nil) == ($0.path == "/hop" || $0.path.hasPrefix("/bytes")) })
    }

    @Test func passingTroubleIsWaitedOut() async throws {
        let server = try EndpointServer(
            tinyHub(["status": ["/api/": [503, 429], "/bytes/": [500, 502, 0, 504]]])
        )
        _ = try await Hub(try server.configuration()).resolve("org/tiny")
        try server.change(to: tinyHub(["status": ["/api/": [0, 0, 0, 503, 503, 503, 503, 503, 503]]]))
        guard case .server(_, 503, _) = await failure(server, "org/none") else {
            Issue.record("no server error")
            return
        }
        #expect(try server.requests.filter { $0.path.contains("org/none") }.count == 5)
    }

    @Test func theCacheStandsInForAnUnreachableHub() async throws {
        let server = try EndpointServer(tinyHub())
        var configuration = try server.configuration()
        let snapshot = try await Hub(configuration).resolve("org/tiny")
        configuration.endpoint = "http://127.0.0.1:1"
        let warnings = Mutex<[HubEvent]>([])
        let again = try await Hub(configuration) { event in warnings.withLock { $0.append(event) } }.resolve("org/tiny")
        #expect(again == snapshot)
        let after = HubError.unreachable(host: "127.0.0.1", reason: "connection refused")
        #expect(warnings.withLock { $0 } == [.usingCache(commit: tinyCommit, after: after)])

        try FileManager.default.removeItem(at: snapshot.appending(path: "model.safetensors"))
        await #expect(throws: after) { try await Hub(configuration).resolve("org/tiny") }
        configuration.isOffline = true
        let cache = try server.configuration().cacheFolder
        await #expect(throws: HubError.offline(model: "org/tiny", revision: "main", cache: cache)) {
            try await Hub(configuration).resolve("org/tiny")
        }
    }

    @Test func cancellationKeepsWhatHasArrived() async throws {
        let server = try EndpointServer(tinyHub(size: 2_000_000, ["delay": 0.05]))
        let configuration = try server.configuration()
        let (arrivals, arrived) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await Hub(configuration) { event in
                if case .progress(let progress) = event, progress.fileByteCount > 100_000 { arrived.yield() }
            }.resolve("org/tiny")
        }
        for await _ in arrivals { break }
        task.cancel()
        await #expect(throws: HubError.cancelled) { try await task.value }
        #expect(blobs(server).contains { $0.hasSuffix(".incomplete") })
    }
}
