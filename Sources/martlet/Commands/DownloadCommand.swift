import ArgumentParser
import Foundation

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Download a model from the hub and print the folder or file it is in."
    )

    @Argument(help: "Hub id: ORG/NAME, ORG/NAME@REVISION or ORG/NAME:FILE.gguf.")
    var model: String

    @Option(help: "Branch, tag or commit.")
    var revision: String?

    @Option(help: "Token for gated or private models (default: HF_TOKEN or the stored one).")
    var hfToken: String?

    @Option(help: "Folder to download to, in place of the Hugging Face cache.")
    var downloadDir: String?

    func run() async throws {
        let folder = try await ModelLocation.download(
            model,
            revision: revision,
            token: hfToken,
            folder: downloadDir
        )
        Terminal.line(folder.path)
    }
}
