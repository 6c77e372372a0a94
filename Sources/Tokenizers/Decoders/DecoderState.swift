/// How far a decoder has come in a sequence of tokens.
struct DecoderState: Sendable {
    private var sections: [SectionState]
    /// What the first of several sections has made of the tokens so far.
    private var whole: [UInt8] = []

    init(_ decoder: Decoder) {
        sections = decoder.sections.map(SectionState.init)
    }

    /// Takes one token's text and appends the text that is final.
    mutating func append(_ token: ArraySlice<UInt8>, to text: inout [UInt8]) {
        if sections.count == 1 {
            sections[0].append(Array(token), to: &text)
        } else {
            sections[0].append(Array(token), to: &whole)
        }
    }

    /// Ends the sequence and appends what was held back.
    mutating func finish(to text: inout [UInt8]) {
        guard sections.count > 1 else {
            sections[0].finish(to: &text)
            return
        }
        sections[0].finish(to: &whole)
        for index in sections.indices.dropFirst() {
            var next: [UInt8] = []
            sections[index].append(whole, to: &next)
            sections[index].finish(to: &next)
            whole = next
        }
        text += whole
        whole = []
    }

    /// Forgets text that was held back but belongs to the tokens so far, except the beginning of a character and a space
    /// that only a further token brings about.
    mutating func dropHeldText() {
        sections[0].dropHeldText()
        whole = []
    }
}

/// How far one section has come.
struct SectionState: Sendable {
    /// What a stage remembers.
    private struct Memory {
        /// How many tokens have come.
        var count = 0
        /// Bytes of `<0xNN>` tokens that are not text yet; the token before; or the token held back.
        var bytes: [UInt8] = []
    }

    private let section: Decoder.Section
    private var memories: [Memory]
    /// The beginning of a character.
    private var partial: [UInt8] = []
    /// How many characters may still be taken away at the beginning.
    private var startBudget: Int
    /// Characters that are taken away if the text ends here.
    private var tail: [UInt8] = []

    init(_ section: Decoder.Section) {
        self.section = section
        memories = [Memory](repeating: Memory(), count: section.stages.count)
        startBudget = section.strip?.start ?? 0
    }

    /// Takes one token's text and appends the text that is final.
    mutating func append(_ token: [UInt8], to text: inout [UInt8]) {
        advance(token, from: 0, to: &text)
    }

    /// Ends the sequence and appends what was held back.
    mutating func finish(to text: inout [UInt8]) {
        for (index, stage) in section.stages.enumerated() {
            switch stage {
            case .byteFallback: flushRun(of: index, to: &text)
            case .wordEnd(let suffix) where memories[index].count > 0:
                let last = memories[index].bytes.replacing(suffix, with: [])
                memories[index] = Memory()
                advance(last, from: index + 1, to: &text)
            default: break
            }
        }
        if !partial.isEmpty {
            let lossy = Array(String(decoding: partial, as: UTF8.self).utf8)
            partial = []
            join(lossy, to: &text)
        }
        tail = []
    }

    /// Forgets text that was held back but belongs to the tokens so far, except what the next token decides about.
    mutating func dropHeldText() {
        for (index, stage) in section.stages.enumerated() {
            let bytes = memories[index].bytes
            switch stage {
            case .byteFallback: memories[index].bytes = Array(bytes.suffix(Self.incompleteSuffixLength(bytes)))
            case .wordEnd(let suffix):
                memories[index].bytes = bytes.suffix(suffix.count).elementsEqual(suffix) ? suffix : []
            default: break
            }
        }
        tail = []
    }

    private mutating func advance(_ token: [UInt8], from first: Int, to text: inout [UInt8]) {
        var token = token
        for index in first..<max(section.stages.count, first) {
            let stage = section.stages[index]
            let memory = memories[index]
            memories[index].count += 1
            switch stage {
            case .byteFallback:
                if let byte = DecoderStage.fallbackByte(token) {
                    memories[index].bytes.append(byte)
                    return
                }
                flushRun(of: index, to: &text)
            case .wordEnd:
                memories[index].bytes = token
                if memory.count == 0 { return }
                token = stage.map(memory.bytes, isFirst: false)
            case .connectionist:
                if memory.count > 0, memory.bytes == token { return }
                memories[index].bytes = token
                token = stage.map(token, isFirst: false)
                if token.isEmpty { return }
            default: token = stage.map(token, isFirst: memory.count == 0)
            }
        }
        if section.isByteLevel {
            appendBytes(ByteLevelAlphabet.shared.decode(token[...]) ?? token, to: &text)
        } else {
            join(token, to: &text)
        }
    }

    private mutating func flushRun(of stage: Int, to text: inout [UInt8]) {
        let bytes = memories[stage].bytes
        guard !bytes.isEmpty else { return }
        memories[stage].bytes = []
        if String(validating: bytes, as: UTF8.self) != nil {
            advance(bytes, from: stage + 1, to: &text)
        } else {
            for _ in bytes { advance([0xEF, 0xBF, 0xBD], from: stage + 1, to: &text) }
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
        guard let strip = section.strip else {
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
        let kept = strip.trailingCount(tail[...])
        text += tail.dropLast(kept)
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
