import ArgumentParser
import Foundation
import Martlet
import MartletJSON
import MartletTokenizers

struct DebugTokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "JSON strings to arrays of token ids, pairs of strings to objects of ids and type_ids."
    )

    @Argument(help: "Folder of the tokenizer.")
    var folder: String

    @Flag(help: "Do not add the special tokens around a prompt.")
    var noSpecialTokens = false

    @Flag(help: "Take the text of special tokens for ordinary text.")
    var literalSpecialTokens = false

    func run() async throws {
        let tokenizer = try TokenizerLoader.load(folder)
        try JSONLines.answer { line in
            if let pair = line.array, pair.count == 2, let first = pair[0].string, let second = pair[1].string {
                let result = tokenizer.encode(
                    first,
                    pairedWith: second,
                    addSpecialTokens: !noSpecialTokens,
                    lengthSettings: .obeyed
                )
                let types = result.typeIDs.map { JSONValue.integer(Int($0)) }
                return .object(JSONObject([("ids", Self.json(result.ids)), ("type_ids", .array(types))]))
            }
            guard let text = line.string else { throw ValidationError("expected a JSON string, found \(line.kind)") }
            let ids = try tokenizer.checkedEncode(
                text,
                addSpecialTokens: !noSpecialTokens,
                literalRanges: literalSpecialTokens ? [0..<text.utf8.count] : [],
                lengthSettings: .obeyed
            )
            return Self.json(ids)
        }
    }

    private static func json(_ ids: [TokenID]) -> JSONValue { .array(ids.map { .integer(Int($0.rawValue)) }) }
}

struct DebugDetokenizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detokenize",
        abstract: "Arrays of token ids to JSON strings."
    )

    @Argument(help: "Folder of the tokenizer.")
    var folder: String

    @Flag(help: "Show special tokens.")
    var keepSpecialTokens = false

    @Flag(help: "Answer with one piece of text per id, as a stream would have them.")
    var incremental = false

    func run() async throws {
        let tokenizer = try TokenizerLoader.load(folder)
        try JSONLines.answer { line in
            let ids = try TokenIDList.read(line)
            guard incremental else {
                return .string(tokenizer.decode(ids, skipSpecialTokens: !keepSpecialTokens))
            }
            var detokenizer = IncrementalDetokenizer(
                tokenizer: tokenizer,
                prompt: [],
                skipSpecialTokens: !keepSpecialTokens
            )
            var pieces = ids.map { detokenizer.append($0) }
            let rest = detokenizer.finish()
            if pieces.isEmpty { return .array(rest.isEmpty ? [] : [.string(rest)]) }
            pieces[pieces.count - 1] += rest
            return .array(pieces.map { .string($0) })
        }
    }
}

/// Token ids as JSON.
enum TokenIDList {
    static func read(_ value: JSONValue) throws -> [TokenID] {
        guard let elements = value.array else {
            throw ValidationError("expected an array of token ids, found \(value.kind)")
        }
        return try elements.map { element in
            guard let id = element.integer.flatMap({ Int32(exactly: $0) }), id >= 0 else {
                throw ValidationError("not a token id: \(element.serialized)")
            }
            return TokenID(id)
        }
    }
}
