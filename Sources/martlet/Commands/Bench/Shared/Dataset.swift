import Foundation
import MartletJSON
import MartletTokenizers

/// One prompt of a dataset.
struct DatasetPrompt: Sendable, Equatable {
    let text: String
    /// How many tokens to generate; `nil` where neither the dataset nor a flag says.
    var outputLength: Int?
}

/// What a file of prompts is.
enum DatasetFormat: String, CaseIterable, Sendable {
    /// A JSON array of conversations as ShareGPT dumps them; the first turn is the prompt, the second the answer.
    case sharegpt
    /// JSON lines with `prompt` and perhaps `output_tokens`.
    case custom
    /// One prompt per line.
    case lines

    /// The largest file that is read, in bytes.
    private static let maximumByteCount = 4 << 30

    /// The format that a file's first characters tell.
    static func detect(_ text: Substring) -> DatasetFormat {
        let start = text.drop { $0.isWhitespace }.prefix(1)
        return start == "[" ? .sharegpt : start == "{" ? .custom : .lines
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - format: what it is; `nil` to tell from its first character.
    ///   - tokenCount: the number of tokens of a text, for answers whose length is to be met.
    /// - Returns: the prompts and what the file was read as.
    /// - Throws: `BenchError` that names the file, the line and the reason.
    static func read(
        _ path: String,
        as format: DatasetFormat?,
        tokenCount: (String) -> Int
    ) throws -> (format: DatasetFormat, prompts: [DatasetPrompt]) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? Int else {
            throw BenchError.dataset(path: path, reason: "there is no such file")
        }
        guard size <= maximumByteCount else {
            throw BenchError.dataset(path: path, reason: "\(size) bytes are more than \(maximumByteCount)")
        }
        guard let text = String(data: try Data(contentsOf: URL(filePath: path)), encoding: .utf8) else {
            throw BenchError.dataset(path: path, reason: "the file is not UTF-8 text")
        }
        let format = format ?? detect(text[...])
        let prompts =
            switch format {
            case .sharegpt: try conversations(text, path, tokenCount)
            case .custom: try objects(text, path)
            case .lines: text.split(whereSeparator: \.isNewline).map { DatasetPrompt(text: String($0)) }
            }
        guard !prompts.isEmpty else { throw BenchError.dataset(path: path, reason: "there is no prompt in it") }
        return (format, prompts)
    }

    private static func conversations(
        _ text: String,
        _ path: String,
        _ tokenCount: (String) -> Int
    ) throws -> [DatasetPrompt] {
        let json: JSONValue
        do { json = try JSONParser.parse(text) } catch { throw BenchError.dataset(path: path, reason: "\(error)") }
        guard let entries = json.array else {
            throw BenchError.dataset(path: path, reason: "expected an array of conversations, found \(json.kind)")
        }
        return entries.compactMap { entry in
            guard let turns = (entry["conversations"] ?? entry["conversation"])?.array, turns.count >= 2,
                let prompt = turns[0]["value"]?.string, let answer = turns[1]["value"]?.string
            else { return nil }
            // neither trivial nor longer than the lengths such comparisons are made with
            let lengths = (tokenCount(prompt), tokenCount(answer))
            guard lengths.0 >= 4, lengths.1 >= 4, lengths.0 <= 1024, lengths.0 + lengths.1 <= 2048 else { return nil }
            return DatasetPrompt(text: prompt, outputLength: lengths.1)
        }
    }

    private static func objects(_ text: String, _ path: String) throws -> [DatasetPrompt] {
        try text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            number,
            line in
            if line.allSatisfy(\.isWhitespace) { return nil }
            let json: JSONValue
            do {
                json = try JSONParser.parse(String(line))
            } catch { throw BenchError.dataset(path: path, reason: "line \(number + 1): \(error)") }
            guard let prompt = json["prompt"]?.string else {
                throw BenchError.dataset(path: path, reason: "line \(number + 1) has no text \"prompt\"")
            }
            return DatasetPrompt(text: prompt, outputLength: json["output_tokens"]?.integer)
        }
    }
}
