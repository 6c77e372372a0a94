import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Martlet
import MartletServer
import MartletTestSupport
import NIOCore

/// A server of a small random model, asked without a socket.
struct TestServer: Sendable {
    private static let model = Task {
        let folder = try TinyModel().makeFolder()
        let model = try LoadedModel(folder: URL(filePath: folder.path), options: ModelOptions())
        try await model.start()
        return model
    }

    private let application: Application<RouteTable>

    /// A server with its own counters.
    init(_ change: (inout ServerConfiguration) -> Void = { _ in }) async throws {
        var configuration = ServerConfiguration()
        configuration.servedModelNames = ["tiny", "org/tiny"]
        configuration.modelRoot = "somewhere"
        configuration.logsRequests = false
        change(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = MartletServer(model: try await Self.model.value, configuration: configuration, logger: logger)
        application = Application(responder: server.responder(), logger: logger)
    }

    /// The response to one request; a body is JSON unless headers say otherwise.
    func send(
        _ method: HTTPRequest.Method,
        _ uri: String,
        headers: HTTPFields? = nil,
        body: String? = nil
    ) async throws -> TestResponse {
        let headers = headers ?? (body == nil ? [:] : [.contentType: "application/json"])
        return try await application.test(.router) { client in
            try await client.execute(
                uri: uri,
                method: method,
                headers: headers,
                body: body.map { ByteBuffer(string: $0) }
            )
        }
    }
}

extension TestResponse {
    /// The body.
    var text: String { String(buffer: body) }
}
