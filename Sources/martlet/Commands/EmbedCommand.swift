import ArgumentParser
import Foundation
import Martlet
import MartletJSON

struct EmbedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Embed texts, one per line of a file or of standard input.",
        discussion: """
            Writes one JSON array per line, or with --output FILE.npy a matrix of float32 for numpy.load.
            """
    )

    @Argument(help: "Folder or hub id of the model.")
    var model: String

    @Option(name: [.short, .long], help: "File of texts, one per line (default: standard input).")
    var input: String?

    @Option(
        name: [.short, .long],
        help: "File to write; one that ends in .npy gets a matrix (default: standard output)."
    )
    var output: String?

    @Option(help: "Name of the model's prompt that is put before each text.")
    var promptName: String?

    @Option(help: "Size that embeddings are cut to.")
    var dimensions: Int?

    @Flag(help: "Refuse texts that are too long rather than cut them.")
    var noTruncation = false

    @OptionGroup(title: "Model and engine") var engine: EngineOptions

    @OptionGroup(title: "Kind of model") var pooling: PoolingFlags

    func run() async throws {
        let texts = try readTexts()
        let folder = try await ModelLocation.resolve(model, modelDirectory: nil, options: engine)
        var options = try engine.modelOptions()
        options.tokenizerFolder = try await engine.tokenizerFolder()
        let embedder = try await EmbeddingModel(folder: folder, options: try pooling.options(model: options))
        var parameters = EmbeddingModel.Parameters()
        parameters.promptName = promptName
        parameters.dimensions = dimensions
        parameters.truncates = !noTruncation
        var writer = try VectorWriter(path: output, count: texts.count, width: dimensions ?? embedder.dimensionCount)
        var progress = ProgressBar(total: texts.count)
        let sliceLength = 256
        for start in stride(from: 0, to: texts.count, by: sliceLength) {
            let slice = Array(texts[start..<min(start + sliceLength, texts.count)])
            for vector in try await embedder.embed(slice, parameters: parameters) {
                try writer.write(vector)
                progress.advance()
            }
        }
        try writer.finish()
    }

    private func readTexts() throws -> [String] {
        let data: Data
        if let input {
            data = try Data(contentsOf: URL(filePath: input))
        } else {
            data = try FileHandle.standardInput.readToEnd() ?? Data()
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ValidationError("\(input ?? "standard input") is not text in UTF-8")
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines.map { $0.hasSuffix("\r") ? String($0.dropLast()) : $0 }
    }
}

/// Writes vectors as lines of JSON, or as a matrix in numpy's format.
private struct VectorWriter {
    private let file: FileHandle
    private let isMatrix: Bool
    private var buffer = Data()

    init(path: String?, count: Int, width: Int) throws {
        isMatrix = path?.hasSuffix(".npy") ?? false
        guard let path else {
            file = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw ValidationError("cannot write '\(path)'")
        }
        file = try FileHandle(forWritingTo: URL(filePath: path))
        if isMatrix { buffer = Self.header(count: count, width: width) }
    }

    /// Version 1.0 of the format: magic, header length, a Python dictionary padded to a multiple of 64 bytes.
    ///
    /// - SeeAlso: `numpy.lib.format`.
    private static func header(count: Int, width: Int) -> Data {
        var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(count), \(width)), }"
        let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
        text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
        return Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8))
    }

    mutating func write(_ vector: [Float]) throws {
        if isMatrix {
            for value in vector {
                let bits = value.bitPattern
                for shift in stride(from: 0, to: 32, by: 8) {
                    buffer.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift)))
                }
            }
        } else {
            buffer.append(Data("[\(vector.map(\.description).joined(separator: ","))]\n".utf8))
        }
        if buffer.count > 1 << 20 { try flush() }
    }

    mutating func finish() throws { try flush() }

    private mutating func flush() throws {
        try file.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
