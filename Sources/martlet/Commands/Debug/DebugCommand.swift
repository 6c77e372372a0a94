import ArgumentParser
import MartletChatTemplates
import MartletJSON

struct DebugCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug",
        abstract: "Ask single parts of the program: one JSON value per line in, one per line out.",
        subcommands: [
            DebugTokenizeCommand.self, DebugDetokenizeCommand.self, DebugRenderCommand.self, DebugJinjaCommand.self,
            DebugLogitsCommand.self, DebugEmbedCommand.self, DebugGrammarCommand.self, DebugParseCommand.self,
        ]
    )
}

/// One JSON value per line of standard input, one per line of standard output.
enum JSONLines {
    /// Answers each line; a line that is not JSON ends the command with its number.
    static func answer(_ body: (JSONValue) throws -> JSONValue) throws {
        var number = 0
        while let line = readLine(strippingNewline: true) {
            number += 1
            if line.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            let value: JSONValue
            do {
                value = try JSONParser.parse(line, options: .init(allowsNonFiniteNumbers: true))
            } catch {
                throw ValidationError("line \(number): \(error)")
            }
            Terminal.line(try body(value).serialized)
        }
    }
}

extension TemplateClock: ExpressibleByArgument {
    /// The time of a `--now` flag.
    public init?(argument: String) { self.init(argument) }
}
