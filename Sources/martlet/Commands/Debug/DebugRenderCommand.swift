import ArgumentParser
import Foundation
import MartletChatTemplates
import MartletJSON

struct DebugRenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Conversations to prompt text, through a chat template.",
        discussion: "A line that cannot be rendered is answered with {\"error\": …}."
    )

    @Argument(help: "A template file, or a model folder.")
    var template: String

    @Option(help: "The time that strftime_now prints, for example 2025-07-04T13:05:09.")
    var now: TemplateClock?

    func run() async throws {
        let renderer = try TemplateRenderer(path: template, now: now)
        try JSONLines.answer { renderer.render($0) }
    }
}

struct DebugJinjaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jinja",
        abstract: "Templates with their variables to text.",
        discussion: """
            A line is {"template": …, "context": {…}}; one that fails is answered with {"error": …, "phase": …}, where the \
            phase is lexer, parser, runtime, raised or limit.
            """
    )

    @Option(help: "The time that strftime_now prints, for example 2025-07-04T13:05:09.")
    var now: TemplateClock?

    func run() async throws {
        try JSONLines.answer { line in
            guard let source = line["template"]?.string else {
                throw ValidationError("expected an object with `template`, found \(line.kind)")
            }
            do throws(TemplateError) {
                let template = try ChatTemplate(source: source)
                let context = line["context"]?.object ?? JSONObject()
                return .string(try template.render(context, clock: now ?? .now).text)
            } catch {
                return .object(
                    JSONObject([("error", .string("\(error)")), ("phase", .string(error.phase.rawValue))])
                )
            }
        }
    }
}
