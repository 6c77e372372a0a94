import MartletJSON
package import MartletTensors

/// The weights of a model folder: named tensors in mapped safetensors files, used where they lie.
///
/// Every header is read and checked when the folder is opened; the data is read from disk when it is first touched.
package final class Checkpoint: Sendable {
    /// The folder that was opened.
    package let folder: String
    /// The files, in order of their names.
    package let files: [SafetensorsFile]
    private let locations: [TensorName: Location]

    private struct Location {
        let file: Int
        let entry: TensorEntry
    }

    /// Opens the weights of a folder: `model.safetensors`, or the shards of `model.safetensors.index.json`.
    ///
    /// - Throws: `CheckpointError` that names the file, the tensor and the reason.
    package init(folder: String) throws(CheckpointError) {
        guard FileSystem.isFolder(folder) else { throw .missingFolder(path: folder) }
        self.folder = folder
        let single = folder + "/model.safetensors"
        let index = folder + "/model.safetensors.index.json"
        if FileSystem.isFile(single) {
            let file = try SafetensorsFile(path: single)
            files = [file]
            locations = Dictionary(
                file.header.entries.map { (TensorName(text: $0.name), Location(file: 0, entry: $0.entry)) },
                uniquingKeysWith: { first, _ in first }
            )
        } else if FileSystem.isFile(index) {
            (files, locations) = try Self.open(index: index, folder: folder)
        } else {
            let pickles = FileSystem.names(in: folder).filter { name in
                [".bin", ".pt", ".pth", ".ckpt"].contains { name.hasSuffix($0) }
            }
            throw .noWeights(folder: folder, pickleFiles: Array(pickles.prefix(4)))
        }
    }

    /// The names of all tensors, sorted by their bytes.
    package var names: [String] {
        locations.keys.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What the header says of a tensor, or `nil` where there is none of that name.
    package func entry(_ name: String) -> TensorEntry? { locations[TensorName(text: name)]?.entry }

    /// A tensor, used in place in the mapped file; one at an odd address is copied.
    ///
    /// - Parameters:
    ///   - name: its name in the checkpoint.
    ///   - shape: the dimensions it must have.
    /// - Returns: a tensor of the type it is stored in.
    /// - Throws: `CheckpointError` when there is none, or it has another shape or a type that cannot be computed with.
    package func tensor(_ name: String, shape: Shape) throws(CheckpointError) -> Tensor {
        guard let location = locations[TensorName(text: name)] else {
            throw .missingTensor(name: name, folder: folder)
        }
        let (entry, file) = (location.entry, files[location.file])
        guard entry.shape == shape.array else {
            throw .shapeMismatch(name: name, path: file.path, expected: shape.array, found: entry.shape)
        }
        guard let dtype = entry.dtype else {
            throw .unsupportedDType(name: name, path: file.path, dtype: entry.dtypeName)
        }
        let offset = entry.byteRange.lowerBound
        guard offset % dtype.byteCount != 0 else {
            return Tensor(storage: file.storage, offsetInBytes: offset, dtype: dtype, shape: shape)
        }
        let copy = Storage(hostByteCount: entry.byteRange.count)
        unsafe copy.baseAddress.copyMemory(from: file.storage.baseAddress + offset, byteCount: entry.byteRange.count)
        return Tensor(storage: copy, dtype: dtype, shape: shape)
    }

    /// Lets go of the memory that a mapped tensor takes; it is read from its file again when it is touched.
    package func forget(_ tensor: Tensor) {
        guard files.contains(where: { $0.storage === tensor.storage }) else { return }
        let byteCount = tensor.shape.elementCount * tensor.dtype.byteCount
        FileSystem.forget(tensor.storage, tensor.offsetInBytes..<(tensor.offsetInBytes + byteCount))
    }

    private static func open(
        index path: String,
        folder: String
    ) throws(CheckpointError) -> ([SafetensorsFile], [TensorName: Location]) {
        let document = try ModelFolder.parse(try FileSystem.read(path, limit: 64 << 20), path: path)
        guard let map = document["weight_map"]?.object else {
            throw .invalidIndex(path: path, reason: .missingWeightMap)
        }
        var shards: [String: [String]] = [:]
        for member in map {
            guard let file = member.value.string else {
                throw .invalidIndex(path: path, reason: .invalidEntry(tensor: member.key))
            }
            // a plain name: no folder, nothing that climbs out of this one
            guard file.hasSuffix(".safetensors"), !file.utf8.contains(UInt8(ascii: "/")), !file.utf8.contains(0) else {
                throw .invalidIndex(path: path, reason: .invalidFileName(tensor: member.key, file: file))
            }
            shards[file, default: []].append(member.key)
        }
        var files: [SafetensorsFile] = []
        var locations: [TensorName: Location] = [:]
        for (name, tensors) in shards.sorted(by: { $0.key < $1.key }) {
            let shard = folder + "/" + name
            guard FileSystem.isFile(shard) else { throw .invalidIndex(path: path, reason: .missingShard(file: name)) }
            let file = try SafetensorsFile(path: shard)
            let entries = Dictionary(
                file.header.entries.map { (TensorName(text: $0.name), $0.entry) },
                uniquingKeysWith: { first, _ in first }
            )
            for tensor in tensors {
                guard let entry = entries[TensorName(text: tensor)] else {
                    throw .invalidIndex(path: path, reason: .missingTensor(tensor: tensor, file: name))
                }
                locations[TensorName(text: tensor)] = Location(file: files.count, entry: entry)
            }
            files.append(file)
        }
        return (files, locations)
    }
}

/// A mapped safetensors file with its checked header.
package struct SafetensorsFile: Sendable {
    /// Where it lies.
    package let path: String
    /// The whole file, read-only.
    package let storage: Storage
    /// Its tensors.
    package let header: SafetensorsHeader

    /// Maps a file and checks its header.
    package init(path: String) throws(CheckpointError) {
        self.path = path
        storage = try FileSystem.map(path)
        let prefix = Self.bytes(storage, 0..<min(8, storage.byteCount))
        let length = try SafetensorsHeader.byteCount(prefix: prefix, fileByteCount: storage.byteCount, path: path)
        header = try SafetensorsHeader(
            json: Self.bytes(storage, 8..<(8 + length)),
            fileByteCount: storage.byteCount,
            path: path
        )
    }

    private static func bytes(_ storage: Storage, _ range: Range<Int>) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: storage.baseAddress + range.lowerBound, count: range.count))
    }
}

/// A tensor's name, compared by its bytes: Swift's own string equality would merge canonically equivalent names.
private struct TensorName: Hashable {
    let text: String

    static func == (left: TensorName, right: TensorName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
