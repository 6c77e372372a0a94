import MartletJSON

/// What is put around the tokens of one text or of two: one case per kind of `post_processor` in `tokenizer.json`.
///
/// A further kind is one more case here, its arm in `init`, in `process` and in `addedCount`.
indirect enum PostProcessor: Sendable {
    /// Nothing around one text, one after the other for two.
    case none
    case template(ProcessingTemplate)
    case bert(cls: TokenID, sep: TokenID)
    case roberta(cls: TokenID, sep: TokenID)
    case sequence([PostProcessor])

    /// The tokens of one part of the result, with the type of each.
    struct Part: Sendable, Equatable {
        /// The tokens.
        var ids: [TokenID]
        /// As many types.
        var typeIDs: [Int32]

        /// Tokens of one type.
        init(_ ids: [TokenID], typeID: Int32) {
            self.ids = ids
            typeIDs = [Int32](repeating: typeID, count: ids.count)
        }

        fileprivate mutating func surround(_ first: TokenID?, _ last: TokenID?, typeID: Int32) {
            if let first {
                ids.insert(first, at: 0)
                typeIDs.insert(typeID, at: 0)
            }
            if let last {
                ids.append(last)
                typeIDs.append(typeID)
            }
        }
    }

    /// The processor that the component describes.
    init(_ reader: ComponentReader) throws(TokenizerError) {
        let type = try reader.type()
        switch type {
        case "ByteLevel": self = .none
        case "TemplateProcessing": self = .template(try ProcessingTemplate(reader))
        case "RobertaProcessing":
            self = .roberta(cls: try Self.affix("cls", reader), sep: try Self.affix("sep", reader))
        case "BertProcessing": self = .bert(cls: try Self.affix("cls", reader), sep: try Self.affix("sep", reader))
        case "Sequence":
            var parts: [PostProcessor] = []
            for part in try reader.components("processors") { parts.append(try PostProcessor(part)) }
            self = .sequence(parts)
            try checkCounts(reader)
        default: throw reader.unsupported("post-processor", type)
        }
    }

    private static func affix(_ key: String, _ reader: ComponentReader) throws(TokenizerError) -> TokenID {
        try tokenID(reader.value[key]?[1], "\(reader.path).\(key)[1]")
    }

    /// The token of a number in the file.
    static func tokenID(_ value: JSONValue?, _ path: String) throws(TokenizerError) -> TokenID {
        guard let id = value?.integer, (0...Vocabulary.maximumID).contains(id) else {
            throw .invalidField(path: path, expected: "a token id")
        }
        return TokenID(Int32(id))
    }

    /// A template takes one part or two, as which an earlier one of the sequence may have to leave its result.
    private func checkCounts(_ reader: ComponentReader) throws(TokenizerError) {
        for count in 1...2 {
            for addsSpecialTokens in [false, true] where partCount(from: count, addsSpecialTokens) == nil {
                throw .unsupportedSetting(path: reader.path, value: "a template after one that leaves several parts")
            }
        }
    }

    private func partCount(from count: Int, _ addsSpecialTokens: Bool) -> Int? {
        switch self {
        case .none, .bert, .roberta: return count
        case .template(let template):
            return (1...2).contains(count) ? template.pieces(count).count { !$0.isSpecial || addsSpecialTokens } : nil
        case .sequence(let parts):
            var count: Int? = count
            for part in parts { count = count.flatMap { part.partCount(from: $0, addsSpecialTokens) } }
            return count
        }
    }

    /// How many tokens are put around one text or two.
    func addedCount(isPair: Bool) -> Int {
        switch self {
        case .none: 0
        case .template(let template): template.addedCount(isPair: isPair)
        case .bert: isPair ? 3 : 2
        case .roberta: isPair ? 4 : 2
        case .sequence(let parts): parts.reduce(0) { $0 + $1.addedCount(isPair: isPair) }
        }
    }

    /// The tokens of one text or of two with what belongs around them.
    ///
    /// - Parameters:
    ///   - texts: the tokens of one text or of two.
    ///   - addsSpecialTokens: whether anything is put around them; without, only order and types may change.
    /// - Returns: all tokens as one part.
    func process(_ texts: [[TokenID]], addsSpecialTokens: Bool) -> Part {
        var parts = texts.enumerated().map { Part($1, typeID: Int32(truncatingIfNeeded: $0)) }
        process(&parts, addsSpecialTokens)
        return parts.dropFirst().reduce(into: parts.first ?? Part([], typeID: 0)) { whole, part in
            whole.ids += part.ids
            whole.typeIDs += part.typeIDs
        }
    }

    private func process(_ parts: inout [Part], _ addsSpecialTokens: Bool) {
        switch self {
        case .none: break
        case .template(let template): parts = template.apply(to: parts, addsSpecialTokens)
        case .bert(let cls, let sep):
            guard addsSpecialTokens else { return }
            for index in parts.indices {
                parts[index].surround(index == 0 ? cls : nil, sep, typeID: index == 0 ? 0 : 1)
            }
        case .roberta(let cls, let sep):
            for index in parts.indices {
                parts[index] = Part(parts[index].ids, typeID: 0)
                if addsSpecialTokens { parts[index].surround(index == 0 ? cls : sep, sep, typeID: 0) }
            }
        case .sequence(let processors): for processor in processors { processor.process(&parts, addsSpecialTokens) }
        }
    }
}
