package import MartletCheckpoints
package import MartletTensors

/// Why a model cannot be loaded or run.
package enum ModelError: Error, Sendable, CustomStringConvertible {
    /// The folder, a file, a field or a tensor is not usable.
    case checkpoint(CheckpointError)
    /// The device could not do what was asked.
    case backend(BackendError)
    /// The configuration names an architecture that is not in the registry.
    case unknownArchitecture(name: String, path: String, known: [String])
    /// The architecture keeps a state besides keys and values.
    case recurrentArchitecture(name: String, path: String)
    /// The configuration names no architecture at all.
    case missingArchitecture(path: String)
    /// The checkpoint has tensors inside the model's layers that the configuration has no place for.
    case unusedTensors(names: [String], folder: String)
    /// A matrix cannot be quantized.
    case quantization(module: String, format: String, reason: BackendError)
    /// A folder has no matrix that could be quantized.
    case nothingToQuantize(folder: String)
    /// A token id is not in the vocabulary.
    case invalidToken(id: Int32, vocabularySize: Int)
    /// A sequence is empty or longer than the model was loaded for.
    case invalidLength(tokenCount: Int, limit: Int)

    /// One sentence that says what was wrong, where, and what to do.
    package var description: String {
        switch self {
        case .checkpoint(let error): "\(error)"
        case .backend(let error): "\(error)"
        case .unknownArchitecture(let name, let path, let known):
            "'\(path)' asks for the architecture '\(name)', which is not supported; supported are "
                + known.joined(separator: ", ")
        case .recurrentArchitecture(let name, let path):
            "'\(path)' asks for the architecture '\(name)', which is not supported: its layers keep a recurrent state, "
                + "and the cache holds keys and values only; choose a model whose layers all attend"
        case .missingArchitecture(let path): "'\(path)' names no architecture: 'architectures' is missing or empty"
        case .unusedTensors(let names, let folder):
            "the weights in '\(folder)' have tensors that the configuration has no place for, so that the results would "
                + "be wrong: \(names.prefix(4).joined(separator: ", "))" + (names.count > 4 ? ", …" : "")
        case .quantization(let module, let format, let reason):
            "'\(module)' cannot be quantized to \(format): \(reason); --quantization-ignore '\(module)' leaves it as it is"
        case .nothingToQuantize(let folder):
            "'\(folder)' has no projections of plain weights whose inputs are whole groups; try a smaller --group-size"
        case .invalidToken(let id, let size): "the token id \(id) is not in the vocabulary of \(size)"
        case .invalidLength(let count, let limit): "a sequence of \(count) tokens; this model takes 1 to \(limit)"
        }
    }
}
