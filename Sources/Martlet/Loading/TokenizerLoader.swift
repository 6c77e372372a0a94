import MartletCheckpoints
package import MartletTokenizers

/// Finds the tokenizer of a model.
package enum TokenizerLoader {
    /// The tokenizer of a folder's files, or of a GGUF file's metadata.
    ///
    /// - Parameter path: a folder, or a GGUF file.
    /// - Returns: the tokenizer.
    /// - Throws: `LoadError.tokenizer` naming the file and the reason.
    package static func load(_ path: String) throws(LoadError) -> Tokenizer {
        do {
            if FileSystem.isFile(path) { return try Tokenizer(ggml: GGMLVocabulary(try GGUFModel(path: path).header)) }
            return try Tokenizer(folder: path)
        } catch {
            throw .tokenizer("\(error)")
        }
    }
}
