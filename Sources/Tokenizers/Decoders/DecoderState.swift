/// How far a decoder has come in a sequence of tokens.
struct DecoderState: Sendable {
    private let decoder: Decoder
    private var tokenCount = 0
    /// Bytes of `<0xNN>` tokens that are not text yet.
    private var run: [UInt8] = []
    /// The beginning of a character.
    private var partial: [UInt8] = []
    /// How many characters may still be taken away at the beginning.
    private var startBudget: Int
    /// Characters that are taken away if the text ends here.
    private var tail: [UInt8] = []

    init(_ decoder: Decoder) {
        self.decoder = decoder
        startBudget = decoder.strip?.start ?? 0
    }

    /// Takes one token's text and appends the text that is final.
    mutating func append(_ token: ArraySlice<UInt8>, to text: inout [UInt8]) {
        advance(Array(token), from: 0, to: &text)
        tokenCount += 1
    }

    /// Ends the sequence and appends what was held back.
    mutating func finish(to text: inout [UInt8]) {
        if let stage = fallbackStage { flushRun(from: stage + 1, to: &text) }
        if !partial.isEmpty {
            let lossy = Array(String(decoding: partial, as: UTF8.self).utf8)
            partial = []
            join(lossy, to: &text)
        }
        tail = []
    }

    /// Forgets text that was held back but belongs to the tokens so far, except the beginning of a character.
    mutating func dropHeldText() {
        run.removeFirst(run.count - Self.incompleteSuffixLength(run))
        tail = []
    }

    private var fallbackStage: Int? {
        decoder.stages.firstIndex { if case .byteFallback = $0 { true } else { false } }
    }

    private mutating func advance(_ token: [UInt8], from first: Int, to text: inout [UInt8]) {
        var token = token
        for index in first..<max(decoder.stages.count, first) {
            let stage = decoder.stages[index]
            if case .byteFallback = stage {
                if let byte = Decoder.fallbackByte(token) {
                    run.append(byte)
                    return
                }
                flushRun(from: index + 1, to: &text)
            } else {
                token = Decoder.map(token, stage, isFirst: tokenCount == 0)
            }
        }
        if decoder.isByteLevel {
            appendBytes(ByteLevelAlphabet.shared.decode(token[...]) ?? token, to: &text)
        } else {
            join(token, to: &text)
        }
    }

    private mutating func flushRun(from stage: Int, to text: inout [UInt8]) {
        guard !run.isEmpty else { return }
        let bytes = run
        run = []
        if String(validating: bytes, as: UTF8.self) != nil {
            advance(bytes, from: stage, to: &text)
        } else {
            for _ in bytes { advance([0xEF, 0xBF, 0xBD], from: stage, to: &text) }
        }
    }

    /// Appends bytes that need not be whole characters; what can never become one is U+FFFD.
    private mutating func appendBytes(_ bytes: [UInt8], to text: inout [UInt8]) {
        partial += bytes
        let kept = Self.incompleteSuffixLength(partial)
        if kept == partial.count { return }
        let whole = partial[..<(partial.count - kept)]
        let lossy = Array(String(decoding: whole, as: UTF8.self).utf8)
        partial = Array(partial.suffix(kept))
        join(lossy, to: &text)
    }

    /// Appends whole characters of the joined text, with what the trim leaves of them.
    private mutating func join(_ characters: [UInt8], to text: inout [UInt8]) {
        guard let strip = decoder.strip else {
            text += characters
            return
        }
        var begin = 0
        while startBudget > 0, begin < characters.count {
            guard characters[begin...].starts(with: strip.content) else {
                startBudget = 0
                break
            }
            begin += strip.content.count
            startBudget -= 1
        }
        tail += characters[begin...]
        var kept = 0
        for _ in 0..<strip.stop where tail[..<(tail.count - kept)].reversed().starts(with: strip.content.reversed()) {
            kept += strip.content.count
        }
        text += tail[..<(tail.count - kept)]
        tail.removeFirst(tail.count - kept)
    }

    /// The length of the longest suffix that begins a character of UTF-8 without being one.
    static func incompleteSuffixLength(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if lead & 0xC0 == 0x80 { continue }
            let needed = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1
            if length >= needed { return 0 }
            if length == 1 { return 1 }
            let second = bytes[bytes.count - length + 1]
            let isPossible =
                switch lead {
                case 0xE0: second >= 0xA0
                case 0xED: second < 0xA0
                case 0xF0: second >= 0x90
                case 0xF4: second < 0x90
                default: true
                }
            return isPossible ? length : 0
        }
        return 0
    }
}
