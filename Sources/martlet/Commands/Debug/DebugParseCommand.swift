import ArgumentParser
import Foundation
import MartletJSON
import MartletOutputParsing

struct DebugParseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Generated texts to their reasoning, content and tool calls.",
        discussion: """
            A line is a JSON string, or an array of strings that are parsed one by one as they would be while streaming; \
            both give the same. It is answered with {"reasoning": …, "content": …, "tool_calls": [{"id": …, "name": …, \
            "arguments": …}, …]}.
            """
    )

    @Option(help: "How calls are written: a name as in --tool-call-parser.")
    var toolParser: String?

    @Option(help: "How reasoning is marked: a name as in --reasoning-parser.")
    var reasoningParser: String?

    @Option(help: "A file with the tools of a request, whose schemas give arguments their types.")
    var tools: String?

    @Flag(help: "Take the texts as cut by a limit of length.")
    var cut = false

    func run() async throws {
        let configuration = try parserConfiguration()
        try JSONLines.answer { line in
            let pieces = line.string.map { [$0] } ?? line.array?.compactMap(\.string) ?? []
            guard line.string != nil || line.array?.count == pieces.count else {
                throw ValidationError("expected a string or an array of strings, found \(line.kind)")
            }
            var parser = OutputParser(configuration)
            var output = ParsedOutput()
            for piece in pieces { for event in parser.feed(piece) { output.append(event) } }
            for event in parser.finish(isCut: cut) { output.append(event) }
            return Self.json(of: output)
        }
    }

    private func parserConfiguration() throws -> OutputParserConfiguration {
        var configuration = OutputParserConfiguration()
        do {
            configuration.toolFormat = try toolParser.map { name throws(UnknownFormat) in try ToolFormat.named(name) }
            configuration.reasoningFormat = try reasoningParser.map { name throws(UnknownFormat) in
                try ReasoningFormat.named(name)
            }
        } catch {
            throw ValidationError("\(error)")
        }
        if let format = configuration.reasoningFormat {
            configuration.isThinking = format.isThinking(templateArguments: .object(JSONObject()))
        }
        configuration.tools = try tools.map { try Self.tools(in: $0) } ?? []
        return configuration
    }

    /// The tools in a file: a list as in a request, or of the functions alone.
    private static func tools(in path: String) throws -> [ToolDefinition] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ValidationError("\(path) cannot be read as UTF-8 text: \(error.localizedDescription)")
        }
        let value: JSONValue
        do {
            value = try JSONParser.parse(text)
        } catch {
            throw ValidationError("\(path): \(error)")
        }
        guard let list = value.array else { throw ValidationError("\(path): expected an array, found \(value.kind)") }
        return try list.enumerated().map { index, tool in
            let function = tool["function"] ?? tool
            guard let name = function["name"]?.string else {
                throw ValidationError("\(path): tool \(index) has no `name`")
            }
            return ToolDefinition(name: name, parameters: function["parameters"])
        }
    }

    private static func json(of output: ParsedOutput) -> JSONValue {
        let calls = output.toolCalls.map { call -> JSONValue in
            ["id": .string(call.id), "name": .string(call.name), "arguments": .string(call.arguments)]
        }
        return [
            "reasoning": output.reasoning.map { .string($0) } ?? .null,
            "content": output.content.map { .string($0) } ?? .null,
            "tool_calls": .array(calls),
        ]
    }
}
