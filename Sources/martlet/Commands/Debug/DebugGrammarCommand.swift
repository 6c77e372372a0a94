import ArgumentParser
import Foundation
import MartletGrammars
import MartletJSON

struct DebugGrammarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grammar",
        abstract: "Texts to whether a grammar accepts them.",
        discussion: """
            A line is a JSON string, answered with true or false. A grammar that does not compile is answered with \
            {"error": …}, and the exit status is 1.
            """
    )

    @Option(help: "A file with a JSON Schema.")
    var jsonSchema: String?

    @Option(help: "A regular expression that matches the whole text.")
    var regex: String?

    @Option(help: "A file with a grammar in the notation of llama.cpp (GBNF) or Lark.")
    var ebnf: String?

    func validate() throws {
        guard [jsonSchema, regex, ebnf].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("expected one of --json-schema, --regex and --ebnf")
        }
    }

    func run() async throws {
        let source = try source()
        let bytes = (UInt8.min...UInt8.max).map { [$0] }
        let grammar: CompiledGrammar
        do {
            grammar = try CompiledGrammar(source, vocabulary: TokenVocabulary(tokens: bytes, endTokens: []))
        } catch {
            Terminal.line(JSONValue.object(JSONObject([("error", .string("\(error)"))])).serialized)
            throw ExitCode.failure
        }
        try JSONLines.answer { line in
            guard let text = line.string else {
                throw ValidationError("expected a string, found \(line.kind)")
            }
            var matcher = GrammarMatcher(grammar)
            return .bool(matcher.accept(bytes: Array(text.utf8)) && matcher.canEnd)
        }
    }

    private func source() throws -> GrammarSource {
        if let regex { return .regex(regex) }
        if let ebnf { return .ebnf(try Self.text(of: ebnf)) }
        let path = jsonSchema ?? ""
        do {
            return .jsonSchema(try JSONParser.parse(try Self.text(of: path)))
        } catch let error as JSONError {
            throw ValidationError("\(path): \(error)")
        }
    }

    private static func text(of path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ValidationError("\(path) cannot be read as UTF-8 text: \(error.localizedDescription)")
        }
    }
}
