import Foundation
import MartletCheckpoints
import MartletJSON
import MartletTokenizers

/// A model folder with random bfloat16 weights of a shape, made once and kept in the user's cache.
///
/// Weights are normal with a deviation of 0.02, norms are 1; the same in every run. The tokenizer has one token for each
/// byte. `Scripts/make_random_model.py` makes such folders for servers, with a tokenizer of one's choice.
struct ModelShapeFolder {
    let shape: ModelShape
    private static let seed: UInt64 = 0
    /// Values that are drawn; tensors are filled from them at changing places, so that the disk is the limit.
    private static let blockCount = 1 << 22

    /// The folder; written where it is missing, which takes the time to write its bytes.
    ///
    /// - Throws: where the folder cannot be written.
    func prepare() throws -> URL {
        let folder = Self.cacheFolder.appending(path: shape.name)
        let files = FileManager.default
        if files.fileExists(atPath: folder.appending(path: "config.json").path) { return folder }
        Terminal.error("writing random weights of \(shape.name) to \(folder.path)")
        // under another name until it is complete
        let partial = Self.cacheFolder.appending(path: "\(shape.name).partial-\(getpid())")
        try files.createDirectory(at: partial, withIntermediateDirectories: true)
        do {
            try writeWeights(to: partial.appending(path: "model.safetensors"))
            try Data(ByteTokenizerFile.json().serialized.utf8).write(to: partial.appending(path: "tokenizer.json"))
            try Data(shape.configuration.serialized.utf8).write(to: partial.appending(path: "config.json"))
            try files.moveItem(at: partial, to: folder)
        } catch {
            try? files.removeItem(at: partial)
            // another process may have been faster
            guard files.fileExists(atPath: folder.appending(path: "config.json").path) else { throw error }
        }
        return folder
    }

    private static var cacheFolder: URL {
        let base =
            ProcessInfo.processInfo.environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        return base.appending(path: "martlet/shapes")
    }

    private func writeWeights(to file: URL) throws {
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: file.path])
        }
        let handle = try FileHandle(forWritingTo: file)
        let tensors = shape.tensors.map { ($0.name, "BF16", $0.shape) }
        try handle.write(contentsOf: Data(SafetensorsHeader.bytes(tensors)))
        var random = SeededRandom(seed: Self.seed)
        let noise = bytes((0..<Self.blockCount).map { _ in Float(0.02 * random.normal()) })
        for (name, dimensions) in shape.tensors {
            let byteCount = 2 * dimensions.reduce(1, *)
            if name.hasSuffix("norm.weight") {
                try handle.write(contentsOf: bytes(Array(repeating: 1, count: byteCount / 2)))
                continue
            }
            var left = byteCount
            while left > 0 {
                let start = 2 * Int(random.next() % UInt64(Self.blockCount / 2))
                let piece = noise[start..<min(noise.count, start + left)]
                try handle.write(contentsOf: piece)
                left -= piece.count
            }
        }
        try handle.close()
    }

    /// Values as bfloat16, cut off.
    private func bytes(_ values: [Float]) -> Data {
        Data(
            values.flatMap { value in
                let bits = value.bitPattern >> 16
                return [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
            }
        )
    }
}
