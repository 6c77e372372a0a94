import HTTPTypes
import Hummingbird
import Logging
import MartletOpenAIAPI
import NIOCore

/// A response whose body is a stream of server-sent events.
enum EventStreamResponse {
    /// Writes bytes to the client; what belongs to one engine step is one write.
    typealias Send = ([UInt8]) async throws -> Void

    /// The response: `produce` sends events; errors after the start become an error event; `[DONE]` ends it.
    ///
    /// - Parameters:
    ///   - run: aborted when the client goes.
    ///   - connection: the client's connection.
    ///   - limit: how long the client may take nothing.
    ///   - produce: sends the events.
    static func make(
        run: GenerationRun, connection: StreamConnection,
        produce: @escaping @Sendable (Send) async throws -> Void
    ) -> Response {
        let body = ResponseBody { writer in
            let reader = SlowReaderGuard(channel: connection.channel, limit: connection.slowReaderTimeout)
            defer {
                reader.end()
                run.abort()
            }
            func send(_ bytes: [UInt8]) async throws {
                try await reader.write { try await writer.write(ByteBuffer(bytes: bytes)) }
            }
            let produceAll = {
                do {
                    try await produce(send)
                } catch let error as APIError {
                    try await send(ServerSentEvents.error(error))
                }
                try await send(ServerSentEvents.done)
            }
            if let watch = connection.watch {
                try await watch.run(onClose: { run.abort() }, produceAll)
            } else {
                try await produceAll()
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"],
            body: body)
    }
}

/// What a stream needs to know of its connection.
struct StreamConnection: Sendable {
    let channel: any Channel
    let watch: ConnectionWatch?
    let slowReaderTimeout: Duration
}
