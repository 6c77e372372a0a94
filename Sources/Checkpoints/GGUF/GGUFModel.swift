package import MartletTensors

/// A model in the GGUF format: one file, or the files into which it was split.
package struct GGUFModel: Sendable {
    /// A mapped file with its checked header.
    package struct File: Sendable {
        /// Where it lies.
        package let path: String
        /// The whole file, read-only.
        package let storage: Storage
        /// Its metadata and tensors.
        package let header: GGUFHeader
    }

    /// The file that was named, the first of a split model.
    package let path: String
    /// The files in their order; the first has the metadata.
    package let files: [File]

    /// The first file's metadata.
    package var metadata: [String: GGUFValue] { files[0].header.metadata }

    /// The header of the first file.
    package var header: GGUFHeader { files[0].header }

    /// Maps and checks a file, and the others of a split model.
    ///
    /// - Throws: `CheckpointError` that names the file and the reason.
    package init(path: String) throws(CheckpointError) {
        let first = try Self.open(path)
        let count = first.header.metadata["split.count"]?.integer ?? 1
        guard count > 1 else {
            self.path = path
            files = [first]
            return
        }
        guard (2...Self.splitLimit).contains(count) else {
            throw .invalidGGUF(path: path, reason: .invalidSplit("split.count is \(count)"))
        }
        var files: [File] = []
        for number in 1...count {
            let name = try Self.splitPath(path, number: number, count: count)
            guard FileSystem.isFile(name) else {
                throw .invalidGGUF(path: path, reason: .invalidSplit("its part '\(name)' is missing"))
            }
            let file = name == path ? first : try Self.open(name)
            guard file.header.metadata["split.no"]?.integer == number - 1,
                file.header.metadata["split.count"]?.integer == count
            else { throw .invalidGGUF(path: name, reason: .invalidSplit("it is not part \(number) of \(count)")) }
            files.append(file)
        }
        self.path = files[0].path
        self.files = files
    }

    private static let splitLimit = 10_000

    /// The path of another part: `NAME-00001-of-00003.gguf`.
    private static func splitPath(_ path: String, number: Int, count: Int) throws(CheckpointError) -> String {
        func padded(_ value: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        }
        let ending = "-of-\(padded(count)).gguf"
        guard path.hasSuffix(ending) else {
            throw .invalidGGUF(path: path, reason: .invalidSplit("the name of a part ends in -00001\(ending)"))
        }
        return path.dropLast(ending.count + 5) + padded(number) + ending
    }

    /// The model file of a folder, the first part of a split one; `nil` where there is none, or more than one model.
    static func only(in folder: String) -> String? {
        let names = FileSystem.names(in: folder).filter { name in
            guard name.hasSuffix(".gguf"), !name.hasPrefix("mmproj") else { return false }
            return !name.contains("-of-") || name.contains("-00001-of-")
        }
        return names.count == 1 ? folder + "/" + names[0] : nil
    }

    /// The longest header that is read; vocabularies are the largest part.
    private static let headerLimit = 256 << 20

    /// Maps a file and reads its header, of which nobody knows the length before it is read.
    private static func open(_ path: String) throws(CheckpointError) -> File {
        let storage = try FileSystem.map(path)
        var length = 4 << 20
        while true {
            let count = min(length, storage.byteCount)
            let bytes = unsafe Array(UnsafeRawBufferPointer(start: storage.baseAddress, count: count))
            do throws(CheckpointError) {
                let header = try GGUFHeader(bytes, fileByteCount: storage.byteCount, path: path)
                return File(path: path, storage: storage, header: header)
            } catch {
                guard case .invalidGGUF(_, .truncated) = error, count < storage.byteCount, length < headerLimit else {
                    throw error
                }
                length *= 4
            }
        }
    }
}
