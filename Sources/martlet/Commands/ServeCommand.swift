import ArgumentParser
import Foundation
import Logging
import Martlet
import MartletChatTemplates
import MartletServer
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a model over the OpenAI API.",
        discussion: """
            MODEL is a Hugging Face folder, a GGUF file, or a hub id (ORG/NAME, ORG/NAME@REVISION, or ORG/NAME:FILE.gguf),
            which is downloaded into the Hugging Face cache. Without MODEL, the small demonstration model that ships with the program is served.
            """
    )

    @Argument(help: "Folder, GGUF file or hub id of the model.")
    var model: String?

    @Option(name: .customLong("model"), help: "The same as MODEL.")
    var modelFlag: String?

    @Option(help: "Folder that holds the default model's folder.")
    var modelDir: String?

    @OptionGroup(title: "Model and engine") var engine: EngineOptions

    @OptionGroup(title: "Kind of model") var pooling: PoolingFlags

    @OptionGroup(title: "HTTP server and API") var http: HTTPOptions

    @OptionGroup(title: "Network, encryption and logs") var network: NetworkOptions

    func run() async throws {
        let start = ContinuousClock.now
        let level = try network.level()
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "martlet")
        let name = model ?? modelFlag
        var options = try engine.modelOptions()
        var configuration = try http.configuration(model: name ?? "martlet-mini")
        try network.apply(to: &configuration)
        let folder = try await ModelLocation.resolve(name, modelDirectory: modelDir, options: engine)
        options.tokenizerFolder = try await engine.tokenizerFolder()
        if name == nil { configuration.modelRoot = "martlet-mini" }
        let server = try server(folder: folder, options: options, configuration: configuration, logger: logger)
        if let path = configuration.unixSocketPath { try SocketFile.prepare(path) }
        defer { if let path = configuration.unixSocketPath { SocketFile.remove(path) } }
        let place = configuration
        let application = try server.application { port in
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            logger.info("listening on \(place.url(port: port)) after \(String(format: "%.2f", seconds)) s")
        }
        var group = ServiceGroupConfiguration(
            services: [
                .init(service: server.engine), .init(service: application),
                .init(service: server.drainSignal, successTerminationBehavior: .ignore),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "martlet.lifecycle") { _ in SwiftLogNoOpLogHandler() }
        )
        group.maximumGracefulShutdownDuration = configuration.shutdownTimeout + .seconds(10)
        try await ServiceGroup(configuration: group).run()
    }

    /// Loads the model as what it is, or as what the flags make of it.
    private func server(
        folder: URL,
        options: ModelOptions,
        configuration: ServerConfiguration,
        logger: Logger
    ) throws -> MartletServer {
        let kind = try pooling.kind()
        let embedding = try pooling.options(model: options)
        var isPooling = kind == .pooling
        if kind == .automatic {
            isPooling = try LoadedPoolingModel.isPoolingModel(folder: folder, options: embedding)
        }
        if isPooling {
            let loaded = try LoadedPoolingModel(folder: folder, options: embedding)
            PoolingBanner(model: loaded, configuration: configuration).print()
            return MartletServer(model: loaded, configuration: configuration, logger: logger)
        }
        let loaded = try LoadedModel(folder: folder, options: options) {
            logger.error("\($0)")
        }
        var configuration = configuration
        configuration.formats = try http.formats(templateSource: loaded.chatPrompts?.templateSource)
        StartBanner(model: loaded, configuration: configuration).print()
        return MartletServer(model: loaded, configuration: configuration, logger: logger)
    }
}
