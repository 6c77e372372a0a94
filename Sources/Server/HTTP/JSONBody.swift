import HTTPTypes
import Hummingbird
import MartletOpenAIAPI
import NIOCore

/// Reading the body of a request that must be JSON.
enum JSONBody {
    /// The bytes of the body.
    ///
    /// - Throws: `APIError` for another media type (400) or a body beyond the limit (413).
    static func read(_ request: Request, limit: Int) async throws -> [UInt8] {
        let media = request.headers[.contentType]?.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
        guard media.lowercased().filter({ $0 != " " }) == "application/json" else {
            throw APIError.unsupportedMediaType
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw APIError.bodyTooLarge(limit: limit)
        }
        do {
            return Array(buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw APIError.bodyTooLarge(limit: limit)
        }
    }
}
