import ArgumentParser
import Foundation
import MartletCheckpoints
import MartletHub

/// Where the model argument leads: a folder, a GGUF file, a hub id, or the model that ships with the program.
enum ModelLocation {
    /// The folder of the model, or its GGUF file: an existing one, the downloaded snapshot, or the default model's.
    static func resolve(_ model: String?, modelDirectory: String?, options: EngineOptions) async throws -> URL {
        guard let model else { return try defaultModel(modelDirectory) }
        if model.hasSuffix(".gguf"), FileSystem.isFile(model) { return URL(filePath: model) }
        return try await download(
            model,
            revision: options.revision,
            token: options.hfToken,
            folder: options.downloadDir
        )
    }

    /// The folder of a path or hub id; what is missing is downloaded, with progress on standard error.
    ///
    /// `ORG/NAME:FILE.gguf` means that file, and the parts of the model where it is one of several.
    static func download(_ model: String, revision: String?, token: String?, folder: String?) async throws -> URL {
        let configuration = try HubConfiguration(
            environment: ProcessInfo.processInfo.environment,
            token: token,
            downloadFolder: folder
        )
        let display = ProgressDisplay()
        defer { display.finish() }
        let hub = Hub(configuration) { display.show($0) }
        guard model.hasSuffix(".gguf"), let colon = model.lastIndex(of: ":") else {
            return try await hub.resolve(model, revision: revision)
        }
        let file = String(model[model.index(after: colon)...])
        return try await hub.resolve(String(model[..<colon]), revision: revision, file: file)
    }

    /// The model that ships with the program: in `--model-dir`, in `../share/martlet` beside the binary, or in the checkout.
    static func defaultModel(_ modelDirectory: String?) throws -> URL {
        let name = "martlet-mini"
        let binary = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .map { URL(filePath: $0).deletingLastPathComponent() } ?? binary
        var candidates: [URL] = []
        if let modelDirectory { candidates.append(URL(filePath: modelDirectory)) }
        candidates.append(executable.appending(path: "../share/martlet").standardizedFileURL)
        // .build/<triple>/release/martlet lies four levels below the checkout
        var folder = executable
        for _ in 0..<4 {
            folder.deleteLastPathComponent()
            candidates.append(folder.appending(path: "Models"))
        }
        candidates.append(URL(filePath: FileManager.default.currentDirectoryPath).appending(path: "Models"))
        for candidate in candidates {
            let model = candidate.appending(path: name)
            if FileManager.default.fileExists(atPath: model.appending(path: "config.json").path) { return model }
        }
        let places = candidates.map(\.path).joined(separator: ", ")
        throw ValidationError(
            "no MODEL given and the default model \(name) is not in \(places); name a folder or a hub id"
        )
    }
}
