import AsyncHTTPClient
import Foundation
import MartletJSON
import NIOCore
import NIOHTTP1

/// A client of an OpenAI-compatible server, as far as the `chat` and `complete` commands need one.
struct APIClient: Sendable {
    let baseURL: String
    let apiKey: String?

    init(url: String, apiKey: String?) {
        baseURL = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.apiKey = apiKey ?? ProcessInfo.processInfo.environment["OPENAI_API_KEY"]
    }

    /// The first model the server lists.
    func firstModel() async throws -> String {
        let response = try await HTTPClient.shared.execute(request("/models", body: nil), timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 20)
        let json = try JSONParser.parse(Array(body.readableBytesView))
        guard response.status == .ok, let id = json["data"]?[0]?["id"]?.string else {
            throw ClientError(status: Int(response.status.code), body: json)
        }
        return id
    }

    /// Posts a streaming request and hands every chunk to `handle` as it arrives.
    func stream(_ path: String, body: JSONObject, handle: (JSONValue) throws -> Void) async throws {
        let response = try await HTTPClient.shared.execute(
            request(path, body: JSONValue.object(body).serialized),
            timeout: .hours(24)
        )
        guard response.status == .ok else {
            let bytes = try await response.body.collect(upTo: 1 << 20)
            let json = try? JSONParser.parse(Array(bytes.readableBytesView))
            throw ClientError(status: Int(response.status.code), body: json ?? .null)
        }
        var pending: [UInt8] = []
        for try await buffer in response.body {
            pending.append(contentsOf: buffer.readableBytesView)
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(pending[..<end])
                pending.removeSubrange(...end)
                guard line.starts(with: Array("data: ".utf8)) else { continue }
                let data = Array(line.dropFirst(6))
                if data.starts(with: Array("[DONE]".utf8)) { return }
                let chunk = try JSONParser.parse(data)
                if chunk["error"] != nil { throw ClientError(status: 200, body: chunk) }
                try handle(chunk)
            }
        }
    }

    private func request(_ path: String, body: String?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: baseURL + path)
        if let apiKey { request.headers.add(name: "Authorization", value: "Bearer \(apiKey)") }
        if let body {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        return request
    }
}

/// What a server answered in place of text.
struct ClientError: Error, CustomStringConvertible {
    let status: Int
    let body: JSONValue

    var description: String {
        body["error"]?["message"]?.string ?? body["detail"]?.string ?? "the server answered with status \(status)"
    }
}
