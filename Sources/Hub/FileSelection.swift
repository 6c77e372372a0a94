import MartletJSON

/// Which of a model's files are wanted: safetensors, tokenizer and configuration; never pickles, never code.
enum FileSelection {
    /// The file that says which shard holds which tensor.
    static let indexFile = "model.safetensors.index.json"

    /// The wanted files in the model's own folder that are not weights.
    private static let auxiliaryNames: Set<String> = [
        indexFile, "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "tiktoken.model",
        "vocab.json", "vocab.txt", "merges.txt", "added_tokens.json",
        "chat_template.jinja", "chat_template.json", "adapter_config.json", "modules.json",
        "sentence_bert_config.json", "config_sentence_transformers.json",
    ]

    /// The wanted files that are not weights, in the order of the list.
    static func auxiliaryFiles(of names: [String]) -> [String] {
        let hasModules = names.contains("modules.json")
        return names.filter { name in
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            switch parts.count {
            case 1: return auxiliaryNames.contains(name) || name.hasSuffix(".tiktoken")
            case 2 where parts[0] == "additional_chat_templates": return parts[1].hasSuffix(".jinja")
            case 2 where hasModules && isModule(parts[0]): return parts[1] == "config.json"
            default: return false
            }
        }
    }

    /// The wanted weights: the index's shards, else `model.safetensors`, else every safetensors file in the folder.
    ///
    /// - Parameters:
    ///   - names: the model's files.
    ///   - shards: the files that the index names, where there is an index.
    /// - Returns: names; empty when the model has no safetensors file.
    static func weightFiles(of names: [String], shards: [String]?) -> [String] {
        var weights: [String]
        if let shards {
            weights = shards
        } else if names.contains("model.safetensors") {
            weights = ["model.safetensors"]
        } else {
            weights = names.filter { !$0.contains("/") && $0.hasSuffix(".safetensors") }
        }
        guard names.contains("modules.json"), !weights.isEmpty else { return weights }
        weights += names.filter { name in
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == 2 && isModule(parts[0]) && parts[1].hasSuffix(".safetensors")
        }
        return weights
    }

    /// A GGUF file, and the other parts of the model where it is one of several: `NAME-00001-of-00003.gguf`.
    ///
    /// - Returns: names in order; empty when the model does not have that file.
    static func ggufFiles(of names: [String], named file: String) -> [String] {
        guard names.contains(file), file.hasSuffix(".gguf") else { return [] }
        let suffixLength = "-00001-of-00003.gguf".utf8.count
        guard file.utf8.count > suffixLength, file.contains("-of-") else { return [file] }
        let (start, end) = (file.dropLast(suffixLength), file.suffix("-of-00003.gguf".utf8.count))
        guard end.hasPrefix("-of-") else { return [file] }
        return names.filter { $0.hasPrefix(start) && $0.hasSuffix(end) && $0.utf8.count == file.utf8.count }.sorted()
    }

    /// The shards that an index names, sorted.
    ///
    /// - Returns: `nil` when the bytes are not an index with at least one shard, or name a file that is none.
    static func shards(inIndex bytes: [UInt8]) -> [String]? {
        guard let index = try? JSONParser.parse(bytes), let map = index["weight_map"]?.object else { return nil }
        var shards: Set<String> = []
        for value in map.values {
            guard let name = value.string, !name.contains("/"), name.hasSuffix(".safetensors"), isSafe(name) else {
                return nil
            }
            shards.insert(name)
        }
        return shards.isEmpty ? nil : shards.sorted()
    }

    /// Whether the name is that of a sentence-transformers module's folder, such as `1_Pooling`.
    private static func isModule(_ folder: Substring) -> Bool {
        let digits = folder.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let rest = folder.utf8.dropFirst(digits.count)
        return (1...2).contains(digits.count) && rest.first == UInt8(ascii: "_") && rest.count > 1
    }

    /// Whether the name is a relative path inside the model's folder, of printable characters and sane length.
    static func isSafe(_ name: String) -> Bool {
        guard name.utf8.count <= 1024, name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            return false
        }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255 && !part.contains("\\")
        }
    }

    /// Whether the name would leave the model's folder.
    static func isHostile(_ name: String) -> Bool {
        name.utf8.contains(0) || name.hasPrefix("/") || name.hasPrefix("\\")
            || name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).contains("..")
    }
}
