import Foundation
import MartletJSON
import MartletTestSupport
import Testing

/// A request to the reference server and what it answered.
struct WirePair: Sendable, CustomTestStringConvertible {
    let name: String
    let server: String
    let method: String
    let path: String
    /// The bytes that were sent; a recording may abbreviate them.
    let requestBody: [UInt8]
    let request: JSONValue?
    let status: Int
    /// The exact text of a JSON answer.
    let body: String?
    /// The exact text of an event stream.
    let events: String?

    var testDescription: String { name }

    /// The events of the stream, without their framing.
    var eventTexts: [String] {
        (events ?? "").split(separator: "\n\n").map { String($0.dropFirst("data: ".count)) }
    }

    /// The JSON of the answer.
    var answer: JSONValue? { body.flatMap { try? JSONParser.parse($0) } }

    /// The error object of the answer.
    var error: JSONValue? { answer?["error"] }

    /// What follows a word in the description of the server's configuration.
    private func setting(_ flag: String) -> [String] {
        let words = server.split(separator: " ").map { String($0.filter { $0 != "," }) }
        guard let place = words.firstIndex(of: flag) else { return [] }
        return Array(words[(place + 1)...].prefix { !$0.hasPrefix("-") && !$0.hasPrefix("(") })
    }

    var servedModels: [String] { setting("--served-model-name") }
    var maxModelLength: Int { setting("--max-model-len").first.flatMap { Int($0) } ?? 1024 }
    var maxLogprobs: Int { setting("--max-logprobs").first.flatMap { Int($0) } ?? 20 }

    /// The recordings lie beside the fixtures; none where those are absent.
    static let all: [WirePair] = {
        guard let shared = Fixtures.shared else { return [] }
        let folder = shared.deletingLastPathComponent().appending(path: "reference/wire")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { load(folder.appending(path: $0)) }
    }()

    private static func load(_ file: URL) -> WirePair? {
        guard let data = try? Data(contentsOf: file), let json = try? JSONParser.parse(Array(data)),
            let name = json["name"]?.string, let request = json["request"], let response = json["response"],
            let method = request["method"]?.string, let path = request["path"]?.string,
            let status = response["status"]?.integer
        else { return nil }
        let body = request["body"].flatMap { $0.isNull ? nil : $0 }
        let raw = request["body_raw"]?.string
        return WirePair(
            name: name,
            server: json["server"]?.string ?? "",
            method: method,
            path: path,
            requestBody: Array((raw ?? body?.serialized ?? "").utf8),
            request: body,
            status: status,
            body: response["body_text"]?.string,
            events: response["sse"]?.string
        )
    }
}

/// The recordings must be there wherever the other reference outputs are.
@Suite(.enabled(if: Fixtures.areExpected)) struct WireRecordingsTests {
    @Test func arePresent() { #expect(WirePair.all.count > 300) }
}
