import HTTPTypes
import Hummingbird
import MartletOpenAIAPI
import NIOCore
import NIOHTTP1

/// Reading the body of a request that must be JSON.
enum JSONBody {
    /// The bytes of the body.
    ///
    /// - Throws: `APIError` for another media type (400) or a body beyond the limit (413).
    static func read(_ request: Request, context: ServerRequestContext, limit: Int) async throws -> [UInt8] {
        let media = request.headers[.contentType]?.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
        guard media.lowercased().filter({ $0 != " " }) == "application/json" else {
            throw APIError.unsupportedMediaType
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw APIError.bodyTooLarge(limit: limit)
        }
        if request.headers[.expect]?.lowercased() == "100-continue" { sendContinue(context.channel) }
        do {
            return Array(buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw APIError.bodyTooLarge(limit: limit)
        }
    }

    /// Tells a client that waits for it to send the body.
    ///
    /// Hummingbird writes final responses only; this goes out below its encoder, before the response begins.
    private static func sendContinue(_ channel: any Channel) {
        channel.eventLoop.execute {
            guard let encoder = try? channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            else { return }
            encoder.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        }
    }
}
