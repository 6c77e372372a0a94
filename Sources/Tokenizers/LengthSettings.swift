import MartletJSON

/// Whether a text's tokens are cut and filled up as `tokenizer.json` says.
public enum LengthSettings: Sendable {
    /// They are as many as the text has; the way of the reference's own callers, which set lengths at each call.
    case ignored
    /// The file's `truncation` and `padding` are obeyed.
    case obeyed
}

/// The file's `truncation`: how many tokens a result may have.
struct Truncation: Sendable {
    private enum Strategy: String {
        case longestFirst = "LongestFirst"
        case onlyFirst = "OnlyFirst"
        case onlySecond = "OnlySecond"
    }

    private let limit: Int
    private let strategy: Strategy
    private let keepsEnd: Bool

    /// Shortens the longest text first, at its end or at its beginning.
    init(limit: Int, keepsEnd: Bool) {
        self.limit = limit
        strategy = .longestFirst
        self.keepsEnd = keepsEnd
    }

    init(_ reader: ComponentReader) throws(TokenizerError) {
        limit = try reader.count("max_length", default: 512)
        let name = try reader.optionalString("strategy") ?? Strategy.longestFirst.rawValue
        guard let strategy = Strategy(rawValue: name) else {
            throw .unsupportedSetting(path: "\(reader.path).strategy", value: name)
        }
        self.strategy = strategy
        keepsEnd = try reader.isLeft("direction")
    }

    /// Whether it shortens anything: where what is put around the texts is more than the limit already, the reference's
    /// arithmetic overflows and leaves them as they are.
    func isEffective(addedCount: Int) -> Bool { addedCount <= limit }

    /// Shortens one text or two to what is left beside so many tokens around them.
    ///
    /// Where the strategy's text is too short for that, nothing changes: the reference has no answer then.
    func apply(to texts: inout [[TokenID]], addedCount: Int) {
        let limit = max(limit - addedCount, 0)
        let total = texts.reduce(0) { $0 + $1.count }
        guard total > limit else { return }
        if limit == 0 {
            for index in texts.indices { texts[index] = [] }
        } else if strategy == .longestFirst {
            let counts = texts.count == 2 ? Self.shares(of: limit, texts[0].count, texts[1].count) : [limit]
            for (index, count) in counts.enumerated() { cut(&texts[index], to: count) }
        } else {
            let index = strategy == .onlyFirst ? 0 : 1
            guard index < texts.count, texts[index].count > total - limit else { return }
            cut(&texts[index], to: texts[index].count - (total - limit))
        }
    }

    /// The shorter text stays whole where it takes at most half.
    private static func shares(of limit: Int, _ first: Int, _ second: Int) -> [Int] {
        var short = min(first, second)
        var long = short > limit ? short : max(short, limit - short)
        if short + long > limit {
            short = limit / 2
            long = short + limit % 2
        }
        return first > second ? [long, short] : [short, long]
    }

    private func cut(_ ids: inout [TokenID], to count: Int) {
        guard count < ids.count else { return }
        if keepsEnd { ids.removeFirst(ids.count - count) } else { ids.removeLast(ids.count - count) }
    }
}

/// The file's `padding`: how many tokens a result has at least.
struct Padding: Sendable {
    private let length: Int?
    private let multiple: Int
    private let fillsStart: Bool
    private let id: TokenID
    private let typeID: Int32

    init(_ reader: ComponentReader) throws(TokenizerError) {
        if let strategy = reader.component("strategy"), strategy.value.string != "BatchLongest" {
            guard strategy.value["Fixed"] != nil else {
                throw .invalidField(path: strategy.path, expected: "BatchLongest or a Fixed length")
            }
            length = try strategy.count("Fixed", default: 0)
        } else {
            length = nil
        }
        multiple = try reader.count("pad_to_multiple_of", default: 0)
        fillsStart = try reader.isLeft("direction")
        id = try PostProcessor.tokenID(reader.value["pad_id"] ?? 0, "\(reader.path).pad_id")
        typeID = Int32(try reader.count("pad_type_id", default: 0))
    }

    /// Fills up with padding tokens.
    func apply(to part: inout PostProcessor.Part) {
        // the longest of a batch of one is the text itself
        var wanted = length ?? part.ids.count
        if multiple > 0, wanted % multiple > 0 { wanted += multiple - wanted % multiple }
        guard wanted > part.ids.count else { return }
        let count = wanted - part.ids.count
        let position = fillsStart ? 0 : part.ids.count
        part.ids.insert(contentsOf: repeatElement(id, count: count), at: position)
        part.typeIDs.insert(contentsOf: repeatElement(typeID, count: count), at: position)
    }
}

extension ComponentReader {
    fileprivate func isLeft(_ key: String) throws(TokenizerError) -> Bool {
        let name = try optionalString(key) ?? "Right"
        guard ["Left", "Right"].contains(name) else { throw .unsupportedSetting(path: "\(path).\(key)", value: name) }
        return name == "Left"
    }
}
