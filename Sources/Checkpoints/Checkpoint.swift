import MartletJSON
package import MartletTensors

/// The weights of a model: named tensors in mapped safetensors or GGUF files, used where they lie.
///
/// Every header is read and checked when the model is opened; the data is read from disk when it is first touched.
package final class Checkpoint: Sendable {
    /// The folder or file that was opened.
    package let folder: String
    /// The mapped files, in order of their names.
    package let storages: [Storage]
    /// How the matrices of modules are quantized; `nil` where they are as tensors say.
    package let scheme: (any QuantizationScheme)?
    private let paths: [String]
    private let locations: [TensorName: Location]

    private struct Location {
        let file: Int
        let entry: TensorEntry
        /// The heads of rows that stand in pairs of rotation, as llama.cpp's converter leaves them; 0 where they do not.
        var pairedHeadCount = 0
        /// What the values have been raised by.
        var offset: Float = 0
    }

    /// Opens the weights of a folder: `model.safetensors`, or the shards of `model.safetensors.index.json`.
    ///
    /// - Parameters:
    ///   - folder: the folder.
    ///   - scheme: how its matrices are quantized.
    /// - Throws: `CheckpointError` that names the file, the tensor and the reason.
    package init(folder: String, scheme: (any QuantizationScheme)? = nil) throws(CheckpointError) {
        guard FileSystem.isFolder(folder) else { throw .missingFolder(path: folder) }
        self.folder = folder
        self.scheme = scheme
        let single = folder + "/model.safetensors"
        let index = folder + "/model.safetensors.index.json"
        let files: [SafetensorsFile]
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
        storages = files.map(\.storage)
        paths = files.map(\.path)
    }

    /// The tensors of a GGUF model under the names that Hugging Face's folders give them.
    package init(_ model: GGUFModel) throws(CheckpointError) {
        folder = model.path
        scheme = nil
        storages = model.files.map(\.storage)
        paths = model.files.map(\.path)
        let names = try GGUFTensorNames(model)
        var locations: [TensorName: Location] = [:]
        for (index, file) in model.files.enumerated() {
            for tensor in file.header.tensors {
                for (name, location) in Self.locations(of: tensor, file: index, names) {
                    guard locations.updateValue(location, forKey: TensorName(text: name)) == nil else {
                        throw .invalidGGUF(path: file.path, reason: .duplicateName(tensor.name))
                    }
                }
            }
        }
        self.locations = locations
    }

    /// The tensors that one of a GGUF file is in terms of folders: itself, or a matrix for each expert.
    private static func locations(
        of tensor: GGUFTensor,
        file: Int,
        _ names: GGUFTensorNames
    ) -> [(name: String, location: Location)] {
        func location(_ shape: [Int], _ range: Range<Int>, _ pairedHeadCount: Int = 0) -> Location {
            let entry = TensorEntry(dtypeName: "\(tensor.type)".uppercased(), shape: shape, byteRange: range)
            return Location(
                file: file,
                entry: entry,
                pairedHeadCount: pairedHeadCount,
                offset: names.offset(tensor)
            )
        }
        if let listed = names.listedNames(tensor) {
            let size = tensor.byteRange.count / max(listed.count, 1)
            return listed.enumerated().map { index, name in
                let start = tensor.byteRange.lowerBound + index * size
                return (name, location(Array(tensor.shape.dropFirst()), start..<(start + size)))
            }
        }
        guard let (name, pairedHeadCount) = names.translated(tensor.name) else { return [] }
        return [(name, location(names.shape(tensor), tensor.byteRange, pairedHeadCount))]
    }

    /// Opens the weights that belong to a model's configuration.
    package convenience init(_ model: ModelFolder) throws(CheckpointError) {
        if let gguf = model.gguf {
            try self.init(gguf)
        } else {
            try self.init(folder: model.path, scheme: try QuantizationSchemes.scheme(of: model))
        }
    }

    /// The names of all tensors, sorted by their bytes.
    package var names: [String] {
        locations.keys.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What the header says of a tensor, or `nil` where there is none of that name.
    package func entry(_ name: String) -> TensorEntry? { locations[TensorName(text: name)]?.entry }

    /// A tensor of a type that can be computed with, used in place in the mapped file.
    ///
    /// - Parameters:
    ///   - name: its name in the checkpoint.
    ///   - shape: the dimensions it must have.
    /// - Returns: a tensor of the type it is stored in.
    /// - Throws: `CheckpointError` when there is none, or it has another shape or a type that cannot be computed with.
    package func tensor(_ name: String, shape: Shape) throws(CheckpointError) -> Tensor {
        let (location, path) = try location(name, shape)
        guard let dtype = location.entry.dtype else {
            throw .unsupportedDType(name: name, path: path, dtype: location.entry.dtypeName)
        }
        return view(location, dtype: dtype, shape: shape)
    }

    /// A matrix of blocks, used in place in the mapped file.
    ///
    /// - Returns: `[rows, bytes of a row]`, uint8, and what the blocks are; `nil` where the tensor has no blocks.
    /// - Throws: `CheckpointError` when there is none of that name, or it has another shape.
    package func blocks(
        _ name: String,
        rows: Int,
        columns: Int
    ) throws(CheckpointError) -> (tensor: Tensor, format: BlockFormat)? {
        guard let format = entry(name)?.block else { return nil }
        let (location, _) = try location(name, Shape(rows, columns))
        let shape = Shape(rows, format.rowByteCount(inputs: columns))
        return (view(location, dtype: .uint8, shape: shape), format)
    }

    /// The elements of a tensor of a type that is opaque to everything but a quantization scheme.
    ///
    /// - Parameters:
    ///   - name: its name in the checkpoint.
    ///   - type: the element type as the format names it.
    ///   - dtype: a type of the same size.
    ///   - shape: the dimensions it must have.
    /// - Returns: the elements in place.
    /// - Throws: `CheckpointError` when there is none of that name, or it has another shape or type.
    func codes(_ name: String, _ type: String, as dtype: DType, shape: Shape) throws(CheckpointError) -> Tensor {
        let (location, path) = try location(name, shape)
        guard location.entry.dtypeName == type else {
            throw .unsupportedDType(name: name, path: path, dtype: location.entry.dtypeName)
        }
        return view(location, dtype: dtype, shape: shape)
    }

    private func location(_ name: String, _ shape: Shape) throws(CheckpointError) -> (Location, path: String) {
        guard let location = locations[TensorName(text: name)] else {
            throw .missingTensor(name: name, folder: folder)
        }
        let path = paths[location.file]
        guard location.entry.shape == shape.array else {
            throw .shapeMismatch(name: name, path: path, expected: shape.array, found: location.entry.shape)
        }
        return (location, path)
    }

    /// The bytes of a tensor in place; a copy of one at an odd address, or whose rows stand in another order.
    private func view(_ location: Location, dtype: DType, shape: Shape) -> Tensor {
        let (storage, range) = (storages[location.file], location.entry.byteRange)
        if location.pairedHeadCount > 0 {
            return Self.unpaired(storage, range, dtype: dtype, shape: shape, headCount: location.pairedHeadCount)
        }
        if location.offset != 0, dtype == .float32 {
            return Self.lowered(storage, range, shape: shape, by: location.offset)
        }
        guard range.lowerBound % dtype.byteCount != 0 else {
            return Tensor(storage: storage, offsetInBytes: range.lowerBound, dtype: dtype, shape: shape)
        }
        let copy = Storage(hostByteCount: range.count)
        unsafe copy.baseAddress.copyMemory(from: storage.baseAddress + range.lowerBound, byteCount: range.count)
        return Tensor(storage: copy, dtype: dtype, shape: shape)
    }

    /// A copy with what was added to the values taken off again.
    private static func lowered(_ storage: Storage, _ range: Range<Int>, shape: Shape, by offset: Float) -> Tensor {
        let copy = Storage(hostByteCount: range.count)
        let values = unsafe copy.baseAddress.assumingMemoryBound(to: Float.self)
        let source = unsafe storage.baseAddress + range.lowerBound
        for index in 0..<shape.elementCount {
            unsafe values[index] = source.loadUnaligned(fromByteOffset: 4 * index, as: Float.self) - offset
        }
        return Tensor(storage: copy, dtype: .float32, shape: shape)
    }

    /// A copy whose rows are each head's first halves of rotated pairs, then the second ones.
    private static func unpaired(
        _ storage: Storage,
        _ range: Range<Int>,
        dtype: DType,
        shape: Shape,
        headCount: Int
    ) -> Tensor {
        let copy = Storage(hostByteCount: range.count)
        let rows = shape[0]
        guard rows > 0 else { return Tensor(storage: copy, dtype: dtype, shape: shape) }
        let (rowByteCount, half) = (range.count / rows, rows / headCount / 2)
        for row in 0..<rows {
            let (head, place) = (row / (2 * half), row % (2 * half))
            let source = head * 2 * half + place % half * 2 + place / half
            unsafe (copy.baseAddress + row * rowByteCount).copyMemory(
                from: storage.baseAddress + range.lowerBound + source * rowByteCount,
                byteCount: rowByteCount
            )
        }
        return Tensor(storage: copy, dtype: dtype, shape: shape)
    }

    /// Lets go of the memory that a mapped tensor takes; it is read from its file again when it is touched.
    package func forget(_ tensor: Tensor) {
        guard storages.contains(where: { $0 === tensor.storage }) else { return }
        let byteCount = tensor.shape.elementCount * tensor.dtype.byteCount
        FileSystem.forget(tensor.storage, tensor.offsetInBytes..<(tensor.offsetInBytes + byteCount))
    }

    /// Lets go of the memory that a mapped tensor of that name takes.
    package func forget(_ name: String) {
        guard let location = locations[TensorName(text: name)] else { return }
        FileSystem.forget(storages[location.file], location.entry.byteRange)
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

/// A tensor's name, compared by its bytes: Swift's own string equality would merge canonically equivalent names.
private struct TensorName: Hashable {
    let text: String

    static func == (left: TensorName, right: TensorName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
