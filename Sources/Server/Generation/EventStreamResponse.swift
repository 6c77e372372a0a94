import HTTPTypes
package import Hummingbird
import MartletOpenAIAPI
package import NIOCore

/// A response whose body is a stream of server-sent events.
enum EventStreamResponse {
    /// The response: `produce` sends events; errors after the start become an error event; `ending` ends it.
    ///
    /// - Parameters:
    ///   - run: aborted when the client goes.
    ///   - connection: the client's connection.
    ///   - ending: what is sent last.
    ///   - produce: sends the events.
    /// - Returns: the response; generation is read as the body is written.
    static func make(
        run: GenerationRun,
        connection: StreamConnection,
        ending: [UInt8],
        produce: @escaping @Sendable (EventSink) async throws -> Void
    ) -> Response {
        let body = ResponseBody { writer in
            let sink = EventSink(writer: writer, connection: connection)
            defer {
                sink.end()
                run.abort()
            }
            if let watch = connection.watch {
                let executor = EventLoopExecutor(eventLoop: connection.channel.eventLoop)
                try await watch.run(onClose: { run.abort() }) {
                    try await withTaskExecutorPreference(executor) {
                        try await stream(into: sink, ending: ending, produce)
                    }
                }
            } else {
                try await stream(into: sink, ending: ending, produce)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"],
            body: body
        )
    }

    private static func stream(
        into sink: EventSink,
        ending: [UInt8],
        _ produce: @Sendable (EventSink) async throws -> Void
    ) async throws {
        do {
            try await produce(sink)
        } catch let error as APIError {
            try await sink.send(ServerSentEvents.error(error))
        }
        try await sink.send(ending)
    }
}

/// Writes events to a client; what is ready at a time is one write.
package final class EventSink {
    // `nonisolated(unsafe)`: see `send`
    private nonisolated(unsafe) let writer: any ResponseBodyWriter
    private let reader: SlowReaderGuard

    /// A sink for one response of a connection.
    package init(writer: any ResponseBodyWriter, connection: StreamConnection) {
        unsafe self.writer = writer
        reader = SlowReaderGuard(channel: connection.channel, limit: connection.slowReaderTimeout)
    }

    /// Writes bytes; returns when the connection has room again.
    package func send(_ bytes: [UInt8]) async throws {
        if bytes.isEmpty { return }
        // `nonisolated(unsafe)`: one task sends, one write at a time; the copy refers to the same connection
        nonisolated(unsafe) var writer = unsafe writer
        reader.begin()
        defer { reader.finish() }
        try await unsafe writer.write(ByteBuffer(bytes: bytes))
    }

    /// Writes what `compose` appends, where it fails too: what came before the failure is not lost.
    package func send(_ compose: (inout [UInt8]) throws -> Void) async throws {
        var bytes: [UInt8] = []
        let result = Result { try compose(&bytes) }
        try await send(bytes)
        try result.get()
    }

    /// The stream is over.
    package func end() { reader.end() }
}

/// What a stream needs to know of its connection.
package struct StreamConnection: Sendable {
    let channel: any Channel
    let watch: ConnectionWatch?
    let slowReaderTimeout: Duration

    /// A connection whose end nobody watches.
    package init(channel: any Channel, slowReaderTimeout: Duration) {
        self.init(channel: channel, watch: nil, slowReaderTimeout: slowReaderTimeout)
    }

    init(channel: any Channel, watch: ConnectionWatch?, slowReaderTimeout: Duration) {
        self.channel = channel
        self.watch = watch
        self.slowReaderTimeout = slowReaderTimeout
    }
}
