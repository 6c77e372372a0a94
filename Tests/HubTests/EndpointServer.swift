import Foundation
import MartletHub
import MartletJSON

/// The test hub of `Tests/conformance/hub_endpoint.py` as a child process, with a cache folder of its own.
final class EndpointServer {
    /// One request as the server saw it.
    struct Request: Equatable {
        let port: String
        let method: String
        let path: String
        let authorization: String?
        let range: String?
    }

    /// The folder that holds the cache and the server's files; removed with the server.
    let folder: URL
    /// `http://127.0.0.1:PORT`.
    let endpoint: String
    private let process = Process()
    private let input = Pipe()

    /// Starts a hub that behaves as the specification says.
    init(_ spec: JSONValue) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-hub-\(UUID().uuidString)")
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let script = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "conformance/hub_endpoint.py")
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["python3", script.path] + ["spec.json", "log.jsonl"].map { folder.appending(path: $0).path }
        process.standardInput = input
        process.standardOutput = output
        try Data(spec.serialized.utf8).write(to: folder.appending(path: "spec.json"))
        try process.run()
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { line.append(byte) }
        guard let port = try JSONParser.parse(line)["hub"]?.integer else { throw CocoaError(.fileReadCorruptFile) }
        endpoint = "http://127.0.0.1:\(port)"
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Makes the hub behave differently from the next request on.
    func change(to spec: JSONValue) throws {
        try Data(spec.serialized.utf8).write(to: folder.appending(path: "spec.json"), options: .atomic)
    }

    /// All requests in order.
    var requests: [Request] {
        get throws {
            let path = folder.appending(path: "log.jsonl")
            guard FileManager.default.fileExists(atPath: path.path) else { return [] }
            return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map { line in
                let entry = try JSONParser.parse(String(line))
                return Request(
                    port: entry["port"]?.string ?? "",
                    method: entry["method"]?.string ?? "",
                    path: entry["path"]?.string ?? "",
                    authorization: entry["authorization"]?.string,
                    range: entry["range"]?.string
                )
            }
        }
    }

    /// The hub's configuration with impatient retries; variables go before the usual ones.
    func configuration(_ variables: [String: String] = [:], token: String? = nil) throws -> HubConfiguration {
        let usual = ["HF_ENDPOINT": endpoint, "HF_HOME": folder.appending(path: "home").path, "HOME": folder.path]
        var configuration = try HubConfiguration(
            environment: usual.merging(variables) { $1 },
            token: token
        )
        configuration.retryDelay = .milliseconds(5)
        configuration.connectTimeout = .seconds(2)
        configuration.readTimeout = .seconds(5)
        return configuration
    }

    /// The model's folder in the cache.
    func cacheFolder(_ name: String = "models--org--tiny") -> URL { folder.appending(path: "home/hub/\(name)") }
}

/// What a fresh specification holds: one small model with a weights file of `size` bytes in large file storage.
func tinyHub(size: Int = 200_000, _ changes: JSONValue = [:], model: JSONValue = [:]) -> JSONValue {
    var tiny: JSONObject = JSONObject([
        ("commit", .string(tinyCommit)),
        (
            "files",
            [
                "config.json": ["text": "{\"model_type\": \"llama\"}"],
                "tokenizer.json": ["text": "{\"version\": \"1.0\"}"],
                "tokenizer_config.json": ["text": "{}"],
                "additional_chat_templates/tool_use.jinja": ["text": "{{ messages }}"],
                "model.safetensors": ["size": .integer(size), "lfs": true],
                "pytorch_model.bin": ["text": "pickle"],
                "modeling_tiny.py": ["text": "import os"],
                "original/model.safetensors": ["text": "other"],
                "README.md": ["text": "# Tiny"],
            ]
        ),
    ])
    for member in model.object ?? JSONObject() { tiny[member.key] = member.value }
    var spec = JSONObject([("models", ["org/tiny": .object(tiny)]), ("token", "hf_good")])
    for member in changes.object ?? JSONObject() { spec[member.key] = member.value }
    return .object(spec)
}

let tinyCommit = "0123456789abcdef0123456789abcdef01234567"
