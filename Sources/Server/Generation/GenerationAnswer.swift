import Hummingbird
import MartletOpenAIAPI

/// The answer to one request that generates: streamed or whole, in one wire format.
protocol GenerationAnswer: Sendable {
    /// What generates it.
    var run: GenerationRun { get }

    /// What ends a stream, whole or failed.
    var ending: [UInt8] { get }

    /// Sends the events of the stream, but for its ending.
    func stream(into sink: EventSink) async throws

    /// The response once everything is generated.
    func whole() async throws -> Response
}

extension GenerationAnswer {
    /// `[DONE]`.
    var ending: [UInt8] { ServerSentEvents.done }

    /// The response; generation ends as soon as the client goes.
    func response(isStreamed: Bool, connection: StreamConnection) async throws -> Response {
        if isStreamed {
            return EventStreamResponse.make(run: run, connection: connection, ending: ending) {
                try await stream(into: $0)
            }
        }
        guard let watch = connection.watch else { return try await whole() }
        return try await watch.run(onClose: { run.abort() }, { try await whole() })
    }
}
