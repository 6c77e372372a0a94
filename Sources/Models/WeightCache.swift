import MartletCheckpoints
package import MartletTensors
import Synchronization

/// Quantized weights of one checkpoint, kept in a file that the next start maps instead of quantizing again.
///
/// The file is in the safetensors format: a `U8` tensor for each module, the power of two of its scales among the
/// metadata. Its name and its key follow from the contents of the checkpoint's files and from how they are quantized, so
/// that a changed model finds no file; a file whose digest is not the one it states is replaced.
package final class WeightCache: Sendable {
    /// Counts the changes of what quantization gives.
    private static let version = 1

    private let folder: String
    private let path: String
    private let key: String
    private let state: Mutex<State>

    private struct State {
        var file: SafetensorsFile?
        var entries: [String: TensorEntry] = [:]
        /// What the model took from the file or added.
        var parts: [(module: String, part: Weight.Part)] = []
        var isChanged = false
    }

    /// The cache of a checkpoint in a folder; reads the checkpoint's files once.
    init(folder: String, checkpoint: Checkpoint, quantization: Quantization) {
        let contents = checkpoint.storages.map { storage in
            let digest = ContentDigest(storage, 0..<storage.byteCount)
            // what was read would count as memory of this process
            FileSystem.forget(storage, 0..<storage.byteCount)
            return "\(digest)"
        }
        let formats = [quantization.layers, quantization.output].map { $0?.name ?? "none" }
        key = (["\(Self.version)"] + formats + quantization.ignoredModules + contents).joined(separator: "\n")
        self.folder = folder
        path = "\(folder)/\(ContentDigest(key)).safetensors"
        state = Mutex(State())
        guard let file = Self.open(path, key: key) else { return }
        state.withLock { state in
            state.file = file
            for (name, entry) in file.header.entries { state.entries[name] = entry }
        }
    }

    /// The mapped file; `nil` where there was none.
    package var storage: Storage? { state.withLock { $0.file?.storage } }

    private static func open(_ path: String, key: String) -> SafetensorsFile? {
        guard FileSystem.isFile(path), let file = try? SafetensorsFile(path: path) else { return nil }
        let metadata = file.header.metadata
        let isWhole = file.header.entries.allSatisfy { name, entry in
            metadata["digest:" + name] == "\(ContentDigest(file.storage, entry.byteRange))"
        }
        return metadata["key"] == key && isWhole ? file : nil
    }

    /// A module's packed matrix, if the file has it.
    func part(_ module: String, _ layout: PackedLayout, outputs: Int, bias: Tensor?) -> Weight.Part? {
        state.withLock { state in
            let shape = Shape(layout.groupCount(outputs: outputs), layout.groupByteCount)
            guard let file = state.file, let entry = state.entries[module], entry.dtype == .uint8,
                entry.shape == shape.array,
                let exponent = file.header.metadata["exponent:" + module].flatMap({ Int($0) }), abs(exponent) < 127
            else { return nil }
            let tensor = Tensor(
                storage: file.storage,
                offsetInBytes: entry.byteRange.lowerBound,
                dtype: .uint8,
                shape: shape
            )
            let factor = Float(sign: .plus, exponent: exponent, significand: 1)
            let part = Weight.Part(
                packed: tensor,
                format: layout.format,
                outputCount: outputs,
                factor: factor,
                bias: bias
            )
            state.parts.append((module, part))
            return part
        }
    }

    /// Remembers a matrix that was quantized because the file did not have it.
    func add(_ module: String, _ part: Weight.Part) {
        state.withLock { state in
            state.parts.append((module, part))
            state.isChanged = true
        }
    }

    /// Writes the file anew when something was added to it.
    ///
    /// - Throws: `CheckpointError` with the system's reason.
    func save() throws(CheckpointError) {
        let parts = state.withLock { state in
            defer { (state.parts, state.isChanged) = ([], false) }
            return state.isChanged ? state.parts : []
        }
        guard !parts.isEmpty else { return }
        try FileSystem.makeFolder(folder)
        try FileSystem.replace(path, head: head(parts), regions: parts.map { ($0.part.tensor.storage, $0.part.range) })
    }

    private func head(_ parts: [(module: String, part: Weight.Part)]) -> [UInt8] {
        let metadata = parts.flatMap { module, part in
            [
                ("digest:" + module, "\(ContentDigest(part.tensor.storage, part.range))"),
                ("exponent:" + module, "\(part.factor.exponent)"),
            ]
        }
        return SafetensorsHeader.bytes(
            parts.map { ($0.module, "U8", $0.part.tensor.shape.array) },
            metadata: [("key", key)] + metadata
        )
    }
}

extension Weight.Part {
    /// Where a packed matrix lies in its storage.
    fileprivate var range: Range<Int> {
        tensor.offsetInBytes..<(tensor.offsetInBytes + tensor.shape.elementCount)
    }
}
