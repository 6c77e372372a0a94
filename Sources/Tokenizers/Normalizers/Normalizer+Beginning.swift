extension Normalizer {
    /// Whether the normalized text begins with what became of the text's first character.
    ///
    /// Where that is taken away, the reference's `Metaspace` does not see the beginning of a text, and puts no visible
    /// space there.
    func keepsBeginning(of bytes: [UInt8]) -> Bool {
        guard mayRemoveBeginning, !bytes.isEmpty else { return true }
        switch self {
        case .sequence(let parts):
            var text = bytes
            for part in parts {
                if !part.keepsBeginning(of: text) { return false }
                text = part.normalize(text)
            }
            return true
        case .replace(let pattern, let content):
            return !content.isEmpty || pattern.firstMatch(in: bytes)?.lowerBound != 0
        default:
            return !normalize(Array(bytes[..<decodeScalar(bytes, 0).length])).isEmpty
        }
    }

    private var mayRemoveBeginning: Bool {
        switch self {
        case .nfc, .nfd, .nfkc, .nfkd, .lowercase, .byteLevel, .prepend, .precompiled: false
        case .strip(let left, _): left
        case .stripAccents, .nmt, .replace, .bert: true
        case .sequence(let parts): parts.contains(where: \.mayRemoveBeginning)
        }
    }
}
