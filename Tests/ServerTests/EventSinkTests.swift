import HTTPTypes
import Hummingbird
import MartletServer
import NIOCore
import NIOEmbedded
import Testing

@Suite struct EventSinkTests {
    private struct Failure: Error {}

    /// Keeps what is written.
    private final class Recorder {
        var writes: [String] = []
    }

    private struct RecordingWriter: ResponseBodyWriter {
        let recorder: Recorder

        mutating func write(_ buffer: ByteBuffer) async throws { recorder.writes.append(String(buffer: buffer)) }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test func whatCameBeforeAFailureIsWritten() async throws {
        let recorder = Recorder()
        let connection = StreamConnection(channel: NIOAsyncTestingChannel(), slowReaderTimeout: .seconds(60))
        let sink = EventSink(writer: RecordingWriter(recorder: recorder), connection: connection)
        try await sink.send { bytes in
            bytes += Array("one".utf8)
            bytes += Array("two".utf8)
        }
        try await sink.send { _ in }
        await #expect(throws: Failure.self) {
            try await sink.send { bytes in
                bytes += Array("three".utf8)
                throw Failure()
            }
        }
        sink.end()
        #expect(recorder.writes == ["onetwo", "three"])
    }
}
