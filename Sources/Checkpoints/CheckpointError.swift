package import MartletJSON

/// Why a model folder, one of its files or a tensor in it cannot be used.
package enum CheckpointError: Error, Sendable, Hashable {
    /// There is no such folder.
    case missingFolder(path: String)
    /// The folder lacks a file that every model has.
    case missingFile(name: String, folder: String)
    /// The folder holds no safetensors weights; `pickleFiles` are the Python pickles it holds instead.
    case noWeights(folder: String, pickleFiles: [String])
    /// The system refused to open, read or map a file.
    case unreadable(path: String, reason: String)
    /// A small file is larger than any of its kind.
    case fileTooLarge(path: String, byteCount: Int, limit: Int)
    /// A file that should be JSON is not.
    case invalidJSON(path: String, error: JSONError)
    /// A safetensors file contradicts itself or its size.
    case invalidFile(path: String, reason: FileFault)
    /// A tensor's entry in a safetensors header contradicts itself or the file.
    case invalidTensor(name: String, path: String, reason: TensorFault)
    /// A GGUF file contradicts itself or its size.
    case invalidGGUF(path: String, reason: GGUFFault)
    /// The index of a sharded checkpoint is not usable.
    case invalidIndex(path: String, reason: IndexFault)
    /// The checkpoint lacks a tensor that the model needs.
    case missingTensor(name: String, folder: String)
    /// A tensor has another shape than the configuration says.
    case shapeMismatch(name: String, path: String, expected: [Int], found: [Int])
    /// A tensor's element type cannot be computed with.
    case unsupportedDType(name: String, path: String, dtype: String)
    /// The tensors of a quantized matrix contradict each other or the scheme.
    case invalidQuantization(module: String, reason: String)
    /// Another quantization scheme was asked for than the checkpoint has; `nil` for none.
    case schemeMismatch(asked: String, found: String?, path: String)
    /// Fields of a configuration are missing, malformed or ask for what is not implemented.
    case invalidConfiguration(path: String, problems: [ConfigProblem])

    /// What is wrong with a safetensors file as a whole.
    package enum FileFault: Error, Sendable, Hashable {
        /// The file is too short to hold the header's length.
        case tooShort(byteCount: Int)
        /// The header's length exceeds the format's limit.
        case headerTooLong(byteCount: UInt64, limit: Int)
        /// The header's length exceeds the file.
        case headerBeyondFile(byteCount: UInt64, fileByteCount: Int)
        /// The header is not a JSON object.
        case header(JSONError)
        /// The header is JSON of another kind.
        case headerIsNotAnObject(kind: String)
        /// `__metadata__` is not an object of strings.
        case invalidMetadata
        /// Bytes that belong to no tensor, from that offset in the data on.
        case unusedBytes(offset: Int, byteCount: Int)
        /// The data ends before the last tensor does.
        case truncated(expected: Int, found: Int)
    }

    /// What is wrong with one tensor's entry.
    package enum TensorFault: Error, Sendable, Hashable {
        /// A member is missing or of another kind.
        case invalidMember(String)
        /// The element type is not one of the format's.
        case unknownDType(String)
        /// A dimension is negative or not an integer, or there are too many.
        case invalidShape
        /// The number of elements does not fit 64 bits.
        case shapeOverflow([Int])
        /// The end lies before the start.
        case reversedOffsets(begin: Int, end: Int)
        /// The offsets reach beyond the data.
        case beyondFile(end: Int, dataByteCount: Int)
        /// The offsets enclose another number of bytes than shape and element type need.
        case byteCountMismatch(expected: Int, found: Int)
        /// The bytes belong to another tensor too.
        case overlap(other: String)
    }

    /// What is wrong with a GGUF file.
    package enum GGUFFault: Error, Sendable, Hashable {
        /// It does not begin with the format's mark.
        case notGGUF
        /// The version is another one than 2 or 3.
        case unsupportedVersion(UInt32)
        /// More tensors or metadata entries than are read.
        case tooManyEntries(limit: Int)
        /// What begins at the offset ends beyond the file.
        case truncated(offset: Int)
        /// The name at the offset is not UTF-8.
        case invalidName(offset: Int)
        /// Two entries have one name.
        case duplicateName(String)
        /// A type of metadata that the format does not have, or arrays of arrays.
        case unknownValueType(UInt32)
        /// `general.alignment` is not a power of two.
        case invalidAlignment
        /// A tensor contradicts itself or the file.
        case invalidTensor(name: String, reason: String)
        /// The files of a split model do not belong together.
        case invalidSplit(String)
        /// A field that the model needs is missing or of another type.
        case missingField(String)
        /// The field has a value that is not computed.
        case unsupportedField(name: String, value: String, supported: String)
    }

    /// What is wrong with an index of shards.
    package enum IndexFault: Error, Sendable, Hashable {
        /// `weight_map` is missing or not an object.
        case missingWeightMap
        /// A tensor is not mapped to a file name.
        case invalidEntry(tensor: String)
        /// A file name is not a plain name of a safetensors file in the folder.
        case invalidFileName(tensor: String, file: String)
        /// A shard is not in the folder.
        case missingShard(file: String)
        /// A shard does not hold a tensor that the index says it holds.
        case missingTensor(tensor: String, file: String)
    }
}

extension CheckpointError: CustomStringConvertible {
    /// One sentence that names the file, the tensor and the reason.
    package var description: String {
        switch self {
        case .missingFolder(let path): "there is no folder '\(path)'"
        case .missingFile(let name, let folder): "'\(folder)' has no \(name): it is not a Hugging Face model folder"
        case .noWeights(let folder, let pickles):
            pickles.isEmpty
                ? "'\(folder)' has no weights: neither model.safetensors nor model.safetensors.index.json"
                : "'\(folder)' has its weights only as Python pickles (\(pickles.joined(separator: ", "))), which are "
                    + "never read because they can run code; convert the model to safetensors"
        case .unreadable(let path, let reason): "cannot read '\(path)': \(reason)"
        case .fileTooLarge(let path, let byteCount, let limit):
            "'\(path)' has \(byteCount) bytes; at most \(limit) are read"
        case .invalidJSON(let path, let error): "'\(path)' is not valid JSON: \(error)"
        case .invalidFile(let path, let reason): "'\(path)' is not a valid safetensors file: \(reason)"
        case .invalidTensor(let name, let path, let reason): "tensor '\(name)' of '\(path)' is invalid: \(reason)"
        case .invalidGGUF(let path, let reason): "\(path) is not a usable GGUF file: \(reason)"
        case .invalidIndex(let path, let reason): "'\(path)' is not a usable index of weights: \(reason)"
        case .missingTensor(let name, let folder): "the weights in '\(folder)' have no tensor '\(name)'"
        case .shapeMismatch(let name, let path, let expected, let found):
            "tensor '\(name)' of '\(path)' has the shape \(found); the configuration needs \(expected)"
        case .unsupportedDType(let name, let path, let dtype):
            "tensor '\(name)' of '\(path)' has the element type \(dtype), which is not supported here"
        case .invalidQuantization(let module, let reason): "the quantized matrix '\(module)' cannot be used: \(reason)"
        case .schemeMismatch(let asked, let found, let path):
            "--quantization \(asked) was given, but '\(path)' is "
                + (found.map { "quantized with '\($0)'; leave the flag out to use it" } ?? "not quantized")
        case .invalidConfiguration(let path, let problems):
            "'\(path)' cannot be used: " + problems.map(\.description).joined(separator: "; ")
        }
    }
}

extension CheckpointError.FileFault: CustomStringConvertible {
    /// What is wrong, as the end of a sentence.
    package var description: String {
        switch self {
        case .tooShort(let byteCount): "it has \(byteCount) bytes, fewer than the header's length takes"
        case .headerTooLong(let byteCount, let limit):
            "its header claims \(byteCount) bytes; at most \(limit) are allowed"
        case .headerBeyondFile(let byteCount, let fileByteCount):
            "its header claims \(byteCount) bytes but the file has \(fileByteCount); is it truncated?"
        case .header(let error): "its header is not valid JSON: \(error)"
        case .headerIsNotAnObject(let kind): "its header is a JSON \(kind) instead of an object"
        case .invalidMetadata: "its __metadata__ is not an object of strings"
        case .unusedBytes(let offset, let byteCount):
            "\(byteCount) bytes at offset \(offset) of its data belong to no tensor"
        case .truncated(let expected, let found):
            "its tensors need \(expected) bytes of data but it has \(found); is it truncated?"
        }
    }
}

extension CheckpointError.TensorFault: CustomStringConvertible {
    /// What is wrong, as the end of a sentence.
    package var description: String {
        switch self {
        case .invalidMember(let name): "'\(name)' is missing or malformed"
        case .unknownDType(let name): "the element type '\(name)' is unknown"
        case .invalidShape: "its shape is not a list of at most 32 non-negative integers"
        case .shapeOverflow(let shape): "the shape \(shape) has more elements than can be counted"
        case .reversedOffsets(let begin, let end): "its data ends at \(end), before it begins at \(begin)"
        case .beyondFile(let end, let count): "its data ends at \(end), beyond the \(count) bytes of the file's data"
        case .byteCountMismatch(let expected, let found):
            "its shape and type need \(expected) bytes but it has \(found)"
        case .overlap(let other): "its data overlaps that of '\(other)'"
        }
    }
}

extension CheckpointError.IndexFault: CustomStringConvertible {
    /// What is wrong, as the end of a sentence.
    package var description: String {
        switch self {
        case .missingWeightMap: "'weight_map' is missing or not an object"
        case .invalidEntry(let tensor): "'\(tensor)' is not mapped to a file name"
        case .invalidFileName(let tensor, let file):
            "'\(tensor)' is mapped to '\(file)', which is not the name of a safetensors file in the same folder"
        case .missingShard(let file): "it names '\(file)', which is not in the folder"
        case .missingTensor(let tensor, let file): "it says that '\(file)' holds '\(tensor)', but that file does not"
        }
    }
}

extension CheckpointError.GGUFFault: CustomStringConvertible {
    /// What is wrong, to follow the file's name.
    package var description: String {
        switch self {
        case .notGGUF: "it does not begin with GGUF"
        case .unsupportedVersion(let version): "its version \(version) is not 2 or 3"
        case .tooManyEntries(let limit): "it has more than \(limit) tensors or metadata entries"
        case .truncated(let offset): "what begins at byte \(offset) ends beyond it"
        case .invalidName(let offset): "the name at byte \(offset) is not UTF-8"
        case .duplicateName(let name): "the name \"\(name)\" occurs twice"
        case .unknownValueType(let type): "it has metadata of the unknown type \(type)"
        case .invalidAlignment: "general.alignment is not a power of two up to 1048576"
        case .invalidTensor(let name, let reason): "of the tensor \"\(name)\" \(reason)"
        case .invalidSplit(let reason): "\(reason)"
        case .missingField(let name): "its metadata have no usable '\(name)'"
        case .unsupportedField(let name, let value, let supported):
            "'\(name)' is \(value), which is not supported: \(supported)"
        }
    }
}
