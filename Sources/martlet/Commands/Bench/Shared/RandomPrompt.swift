import MartletTokenizers

/// Prompts without meaning.
enum RandomPrompt {
    /// Random token ids below the vocabulary's size.
    static func tokens(_ count: Int, vocabularySize: Int, using random: inout SeededRandom) -> [TokenID] {
        let limit = UInt64(max(1, vocabularySize))
        return (0..<count).map { _ in TokenID(Int32(truncatingIfNeeded: random.next() % limit)) }
    }

    /// Random text that the tokenizer makes exactly that many tokens of, special ones around it included.
    ///
    /// The text is made of tokens that are whole words with a space before them, which stay what they are side by side.
    /// Vocabularies without such words get any tokens; their text may come out some tokens longer or shorter.
    static func text(_ count: Int, tokenizer: Tokenizer, using random: inout SeededRandom) -> String {
        let wanted = max(1, count - tokenizer.encode("", addSpecialTokens: true).count)
        var ids = tokens(wanted, tokenizer: tokenizer, using: &random)
        var text = ""
        for _ in 0..<8 {
            text = tokenizer.decode(ids)
            ids = tokenizer.encode(text, addSpecialTokens: false)
            if ids.count == wanted { break }
            let missing = max(0, wanted - ids.count)
            ids = ids.prefix(wanted) + tokens(missing, tokenizer: tokenizer, using: &random)
        }
        return text
    }

    private static func tokens(_ count: Int, tokenizer: Tokenizer, using random: inout SeededRandom) -> [TokenID] {
        var (words, others) = ([TokenID](), [TokenID]())
        var tries = 200 + 200 * count
        while words.count < count, tries > 0 {
            tries -= 1
            let id = TokenID(Int32(truncatingIfNeeded: random.next() % UInt64(tokenizer.tokenIDUpperBound)))
            guard tokenizer.token(for: id) != nil, !tokenizer.isSpecial(id) else { continue }
            let bytes = tokenizer.bytes(of: id)
            let isWord = bytes.count > 2 && bytes[0] == UInt8(ascii: " ") && bytes.dropFirst().allSatisfy(isLetter)
            if isWord, tokenizer.encode(String(decoding: bytes, as: UTF8.self), addSpecialTokens: false) == [id] {
                words.append(id)
            } else if others.count < count {
                others.append(id)
            }
        }
        return words + others.prefix(count - words.count)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static let words = """
        time year people way day man thing woman life child world school state family student group country problem hand \
        part place case week company system program question work number night point home water room mother area money \
        story fact month lot right study book eye job word business issue side kind head house service friend father \
        power hour game line end member law car city name team minute idea body back parent face level office door
        """.split(separator: " ")

    /// Random common words, for servers whose tokenizer is not at hand.
    static func words(_ count: Int, using random: inout SeededRandom) -> String {
        (0..<max(1, count)).map { _ in String(words[Int(random.next() % UInt64(words.count))]) }.joined(separator: " ")
    }
}
