import ArgumentParser
import Martlet

struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Chat with a model: on a running server, or in this process with --model.",
        discussion: "Answers are streamed and the conversation is kept. An empty line is ignored; end of input leaves."
    )

    @OptionGroup var client: ClientOptions

    @Option(name: [.short, .long], help: "Ask this one message and exit.")
    var quick: String?

    @Option(help: "System message the conversation starts with.")
    var systemPrompt: String?

    func run() async throws {
        let respondent = try await client.respondent()
        var messages: [ChatMessage] = []
        if let systemPrompt { messages.append(ChatMessage(role: "system", content: systemPrompt)) }
        if let quick {
            messages.append(ChatMessage(role: "user", content: quick))
            _ = try await respondent.chat(messages) { Terminal.write($0) }
            Terminal.line("")
            return
        }
        while let text = Terminal.ask("> ") {
            if text.isEmpty { continue }
            messages.append(ChatMessage(role: "user", content: text))
            let answer = try await respondent.chat(messages) { Terminal.write($0) }
            Terminal.line("")
            messages.append(ChatMessage(role: "assistant", content: answer))
        }
    }
}
