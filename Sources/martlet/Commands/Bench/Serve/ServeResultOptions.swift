import ArgumentParser
import Foundation
import MartletJSON

/// Whether and where a result is saved: vLLM's names.
struct ServeResultOptions: ParsableArguments {
    @Flag(help: "Save the result to a JSON file.")
    var saveResult = false

    @Flag(help: "With the result, save lengths, times, text and error of every request.")
    var saveDetailed = false

    @Flag(help: "Append the result to the file as one more line.")
    var appendResult = false

    @Option(parsing: .upToNextOption, help: "Members to add to the saved result, as KEY=VALUE.")
    var metadata: [String] = []

    @Option(help: "Folder of the file (default: the current one).")
    var resultDir: String?

    @Option(help: "Name of the file (default: made of label, rate, model and time).")
    var resultFilename: String?

    @Option(help: "Prefix of the file's name (default: the API).")
    var label: String?

    func validate() throws { _ = try metadataMembers }

    /// The members of `--metadata`.
    var metadataMembers: JSONObject {
        get throws {
            JSONObject(
                try metadata.map { text in
                    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    guard parts.count == 2, !parts[0].isEmpty else {
                        throw ValidationError("--metadata \(text): expected KEY=VALUE")
                    }
                    return (String(parts[0]), .string(String(parts[1])))
                }
            )
        }
    }

    /// The time now as file names and results carry it: `20250704-130509`.
    static func date() -> String {
        let parts = Calendar.current.dateComponents([.year, .month, .day, .hour, .minute, .second], from: Date())
        let (year, month, day) = (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
        let (hour, minute, second) = (parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
        return String(format: "%04d%02d%02d-%02d%02d%02d", year, month, day, hour, minute, second)
    }

    /// Writes the result where the flags want it.
    func save(_ result: JSONObject, model: String, rate: Double, concurrency: Int?) throws {
        guard saveResult || appendResult else { return }
        let name = model.split(separator: "/").last.map(String.init) ?? model
        let limit = concurrency.map { "-concurrency\($0)" } ?? ""
        let prefix = label ?? result["backend"]?.string ?? "openai"
        let file = resultFilename ?? "\(prefix)-\(rate)qps\(limit)-\(name)-\(Self.date()).json"
        var path = file
        if let resultDir {
            try FileManager.default.createDirectory(atPath: resultDir, withIntermediateDirectories: true)
            path = resultDir + "/" + file
        }
        try JSONFile.write(.object(result), to: path, appending: appendResult)
    }
}
