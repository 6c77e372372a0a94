import ArgumentParser
import Foundation
import Martlet

@main
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "An LLM inference server: the OpenAI API in front of Hugging Face models.",
        discussion: "Flags carry vLLM's names and meanings; `_` and `-` are the same in them.",
        version: Version.string,
        subcommands: [
            ServeCommand.self, ChatCommand.self, CompleteCommand.self, EmbedCommand.self, BenchCommand.self,
            DownloadCommand.self, InspectCommand.self, QuantizeCommand.self, DebugCommand.self,
        ]
    )

    /// Parses with dashes for underscores in flag names; bad usage exits with 2, as vLLM's parser does.
    static func main() async {
        do {
            var command = try parseAsRoot(try arguments())
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty {
                let stream = code == .success ? FileHandle.standardOutput : FileHandle.standardError
                stream.write(Data((text + "\n").utf8))
            }
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

extension MartletCommand {
    /// The command line for the parser; what is left out of it is said on standard error.
    private static func arguments() throws -> [String] {
        let given = ArgumentNormalizer.normalize(Array(CommandLine.arguments.dropFirst()))
        guard given.first == "serve" else { return given }
        var serve = ServeArguments()
        let arguments = try serve.prepare(given)
        for note in serve.notes { Terminal.error("note: \(note)") }
        return arguments
    }
}

/// Rewrites flag names to the one spelling the parser knows.
enum ArgumentNormalizer {
    /// Replaces underscores by dashes in the names of long flags; values are left alone.
    static func normalize(_ arguments: [String]) -> [String] {
        var isLiteral = false
        return arguments.map { argument in
            if argument == "--" { isLiteral = true }
            guard !isLiteral, argument.hasPrefix("--") else { return argument }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // what follows a dot is a member of JSON, whose name is as it is
            let words = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            let name = ([String(words[0].replacing("_", with: "-"))] + words.dropFirst().map(String.init)).joined(
                separator: "."
            )
            return parts.count == 2 ? "\(name)=\(parts[1])" : name
        }
    }
}
