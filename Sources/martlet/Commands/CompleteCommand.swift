import ArgumentParser
import Martlet

struct CompleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete",
        abstract: "Continue a text: on a running server, or in this process with --model."
    )

    @OptionGroup var client: ClientOptions

    @Option(name: [.short, .long], help: "Continue this one text and exit.")
    var quick: String?

    @Option(help: "Most tokens of the continuation.")
    var maxTokens: Int?

    func run() async throws {
        let respondent = try await client.respondent()
        if let quick { return try await complete(quick, with: respondent) }
        while let text = Terminal.ask("> ") {
            if text.isEmpty { continue }
            try await complete(text, with: respondent)
        }
    }

    private func complete(_ prompt: String, with respondent: any Respondent) async throws {
        _ = try await respondent.complete(prompt, maxTokens: maxTokens) { Terminal.write($0) }
        Terminal.line("")
    }
}
