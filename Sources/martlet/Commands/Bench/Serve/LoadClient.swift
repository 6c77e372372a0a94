import AsyncHTTPClient
import Foundation
import MartletJSON
import NIOCore
import NIOHTTP1

/// Sends single requests and times their answers.
final class LoadClient: Sendable {
    let target: LoadTarget
    private let http: HTTPClient
    private static let timeout = TimeAmount.hours(6)
    /// The longest error answer that is read, in bytes.
    private static let maximumErrorByteCount = 1 << 20

    /// A client of one target.
    init(target: LoadTarget) {
        self.target = target
        http = Self.makeHTTPClient()
    }

    /// As many connections as requests are under way.
    private static func makeHTTPClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 65_536
        // a connection that a server is about to close must not be taken for the next request
        configuration.connectionPool.idleTimeout = .seconds(2)
        // a refused connection is a result, not a reason to wait
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(30)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async { try? await http.shutdown() }

    /// Sends a request and reads its answer to the end; failures are part of the outcome, whose `start` counts from `begin`.
    func send(_ request: LoadRequest, since begin: ContinuousClock.Instant) async -> LoadOutcome {
        var recorder = AnswerRecorder(request: request, begin: begin)
        do {
            let response = try await http.execute(post(target.body(request)), timeout: Self.timeout)
            guard response.status == .ok else {
                let bytes = try await response.body.collect(upTo: Self.maximumErrorByteCount)
                let body = Array(bytes.readableBytesView)
                let json = (try? JSONParser.parse(body)) ?? .string(String(decoding: body.prefix(300), as: UTF8.self))
                return recorder.failed("HTTP \(response.status.code): \(Self.message(json))")
            }
            var parser = EventStreamParser()
            for try await buffer in response.body {
                try parser.feed(buffer.readableBytesView) { try recorder.take($0) }
            }
        } catch {
            return recorder.failed("\(error)")
        }
        return recorder.finished()
    }

    /// The name of the first model that the server lists.
    ///
    /// - Throws: `BenchError` that names the URL.
    static func firstModel(baseURL: String, headers: [(name: String, value: String)]) async throws -> String {
        var request = HTTPClientRequest(url: baseURL + "/v1/models")
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        let http = makeHTTPClient()
        do {
            let response = try await http.execute(request, timeout: .seconds(30))
            let body = try await response.body.collect(upTo: maximumErrorByteCount)
            try await http.shutdown()
            let json = (try? JSONParser.parse(Array(body.readableBytesView))) ?? .null
            guard response.status == .ok, let id = json["data"]?[0]?["id"]?.string else {
                throw ClientError(status: Int(response.status.code), body: json)
            }
            return id
        } catch {
            try? await http.shutdown()
            throw BenchError.server(url: request.url, reason: "\(error)")
        }
    }

    private func post(_ body: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: target.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        for header in target.headers { request.headers.replaceOrAdd(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(string: body))
        return request
    }

    fileprivate static func message(_ json: JSONValue) -> String {
        json["error"]?["message"]?.string ?? json["error"]?.string ?? json["message"]?.string ?? json["detail"]?.string
            ?? String(json.serialized.prefix(300))
    }
}

/// Takes the times of one answer.
private struct AnswerRecorder {
    private let clock = ContinuousClock()
    private let sent: ContinuousClock.Instant
    private var last: ContinuousClock.Instant?
    private var chunkCount = 0
    private var reportedTokenCount: Int?
    private var isComplete = false
    private var outcome: LoadOutcome

    init(request: LoadRequest, begin: ContinuousClock.Instant) {
        sent = clock.now
        outcome = LoadOutcome(promptTokenCount: request.promptLength)
        outcome.start = (sent - begin) / .seconds(1)
    }

    /// Takes the data of one event.
    ///
    /// - Throws: `ClientError` for an error event, `JSONError` for what is not JSON.
    mutating func take(_ data: [UInt8]) throws {
        let now = clock.now
        if data.starts(with: Array("[DONE]".utf8)) {
            isComplete = true
            return
        }
        let chunk = try JSONParser.parse(data)
        if let error = chunk["error"], !error.isNull { throw ClientError(status: 200, body: chunk) }
        if let usage = chunk["usage"]?.object {
            reportedTokenCount = usage["completion_tokens"]?.integer ?? reportedTokenCount
            outcome.promptTokenCount = usage["prompt_tokens"]?.integer ?? outcome.promptTokenCount
        }
        guard let choice = chunk["choices"]?[0] else { return }
        if choice["finish_reason"]?.string != nil { isComplete = true }
        let delta = choice["delta"]
        let texts = [choice["text"], delta?["content"], delta?["reasoning_content"], delta?["reasoning"]]
        let piece = texts.compactMap { $0?.string }.joined()
        // a token without text (half a character) counts, what only opens or closes an answer does not
        let isToken =
            choice["finish_reason"]?.string == nil && delta?["role"] == nil && texts.contains { $0?.string != nil }
        guard !piece.isEmpty || isToken || delta?["tool_calls"]?.array?.isEmpty == false else { return }
        outcome.text += piece
        chunkCount += 1
        if let last {
            outcome.interTokenLatencies.append((now - last) / .seconds(1))
        } else {
            outcome.timeToFirstToken = (now - sent) / .seconds(1)
        }
        last = now
    }

    mutating func finished() -> LoadOutcome {
        outcome.latency = ((last ?? clock.now) - sent) / .seconds(1)
        if last == nil { outcome.timeToFirstToken = outcome.latency }
        outcome.outputTokenCount = reportedTokenCount ?? chunkCount
        if !isComplete { outcome.error = "the stream ended before the answer did" }
        return outcome
    }

    mutating func failed(_ reason: String) -> LoadOutcome {
        outcome.latency = (clock.now - sent) / .seconds(1)
        outcome.error = reason.isEmpty ? "the request failed" : reason
        return outcome
    }
}
