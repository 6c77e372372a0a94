import MartletTokenizers

/// Which tokens a lexeme's state decides alone, and where the others leave the lexeme.
struct LexemeMask {
    /// Tokens whose bytes all lie within the lexeme.
    var words: [UInt64]
    /// Nodes of the vocabulary's tree where the lexeme may be complete and more bytes follow.
    var exits: [Int32]
}

extension GrammarMachine {
    /// The mask of a state: the tokens that may come next.
    func mask(of state: Int32) -> [UInt64] {
        if let known = masks[state] { return known }
        let content = contents[Int(state)]
        var words = [UInt64](repeating: 0, count: vocabulary.maskWordCount)
        var index = 0
        while index < content.places.count {
            let lexeme = content.places[index].lexeme
            // places of one lexeme's state stand together
            var end = index + 1
            while end < content.places.count, content.places[end].lexeme == lexeme { end += 1 }
            let local = lexemeMask(of: lexeme, isLast: (index..<end).allSatisfy { isLast(content.places[$0].rest) })
            for word in words.indices { words[word] |= local.words[word] }
            while index < end {
                if !local.exits.isEmpty { walk(local.exits, openingState(of: content.places[index].rest), &words) }
                index += 1
            }
        }
        if content.canEnd {
            for token in vocabulary.endTokens { words[token.index / 64] |= 1 << UInt64(token.index % 64) }
        }
        masks[state] = words
        singleTokens[state] = Self.singleToken(words)
        return words
    }

    /// The one token that may come next, where there is one only and that has been found out.
    func knownSingleToken(of state: Int32) -> TokenID? {
        let content = contents[Int(state)]
        guard content.places.isEmpty else { return singleTokens[state] }
        return content.canEnd && vocabulary.endTokens.count == 1 ? vocabulary.endTokens[0] : nil
    }

    private static func singleToken(_ words: [UInt64]) -> TokenID? {
        var single: TokenID?
        for (index, word) in words.enumerated() where word != 0 {
            guard single == nil, word.nonzeroBitCount == 1 else { return nil }
            single = TokenID(exactly: index * 64 + word.trailingZeroBitCount)
        }
        return single
    }

    /// Whether nothing but the end can follow.
    private func isLast(_ rest: Int32) -> Bool {
        let state = openingState(of: rest)
        return contents[Int(state)].places.isEmpty
    }

    private func lexemeMask(of state: Int32, isLast: Bool) -> LexemeMask {
        let key = state << 1 | (isLast ? 1 : 0)
        if let known = lexemeMasks[key] { return known }
        let shared = sharedKey(of: state, isLast: isLast)
        if let shared, let known = vocabulary.sharedMasks.mask(shared) {
            lexemeMasks[key] = known
            return known
        }
        let mask = computeLexemeMask(of: state, isLast: isLast)
        lexemeMasks[key] = mask
        if let shared { vocabulary.sharedMasks.keep(mask, shared) }
        return mask
    }

    private func sharedKey(of state: Int32, isLast: Bool) -> SharedLexemeMasks.Key? {
        let place = lexemes.states[Int(state)]
        let number: Int?
        if let known = sharedNumbers[place.lexeme] {
            number = known
        } else {
            number = vocabulary.sharedMasks.number(of: grammar.lexemes[Int(place.lexeme)])
            sharedNumbers[place.lexeme] = .some(number)
        }
        return number.map {
            SharedLexemeMasks.Key(lexeme: $0, text: place.text, phase: place.phase, isLast: isLast)
        }
    }

    private func computeLexemeMask(of state: Int32, isLast: Bool) -> LexemeMask {
        // local, as every access to a class's property is checked
        var machine = LexemeMachine(lexemes: [])
        swap(&machine, &lexemes)
        defer { swap(&machine, &lexemes) }
        var path = [Int32](repeating: 0, count: vocabulary.maximumDepth + 1)
        let tree = vocabulary
        var words = [UInt64](repeating: 0, count: tree.maskWordCount)
        var exits: [Int32] = []
        let run = machine.plainRun(of: state, isLast: isLast)
        var plain: UInt16 = 0
        for (bucket, mask) in zip(TokenVocabulary.plainBuckets, tree.plainMasks) where bucket <= Int(run.length) {
            plain = UInt16(bucket)
            words = mask
        }
        // where plain characters end for certain, all plain tokens are decided by their length
        if run.isExact, plain == run.length { plain = TokenVocabulary.notPlain - 1 }
        path[0] = state
        var node = 0
        while node < tree.nodeByte.count {
            if tree.nodePlainLength[node] <= plain {
                node = Int(tree.nodeEnd[node])
                continue
            }
            let depth = Int(tree.nodeDepth[node])
            let next = machine.next(path[depth - 1], tree.nodeByte[node])
            guard next != LexemeMachine.dead else {
                node = Int(tree.nodeEnd[node])
                continue
            }
            path[depth] = next
            allow(node, &words)
            let end = Int(tree.nodeEnd[node])
            if end > node + 1, machine.accepting[Int(next)] { exits.append(Int32(node)) }
            node = machine.continues[Int(next)] ? node + 1 : end
        }
        return LexemeMask(words: words, exits: exits)
    }

    /// Allows tokens that go on below the exits from a state of this machine.
    private func walk(_ exits: [Int32], _ state: Int32, _ words: inout [UInt64]) {
        if contents[Int(state)].places.isEmpty { return }
        var path = [Int32](repeating: 0, count: vocabulary.maximumDepth + 1)
        for exit in exits {
            path[Int(vocabulary.nodeDepth[Int(exit)])] = state
            var node = Int(exit) + 1
            let end = Int(vocabulary.nodeEnd[Int(exit)])
            while node < end {
                let depth = Int(vocabulary.nodeDepth[node])
                let next = self.next(path[depth - 1], vocabulary.nodeByte[node])
                guard next != Self.dead else {
                    node = Int(vocabulary.nodeEnd[node])
                    continue
                }
                path[depth] = next
                allow(node, &words)
                node += 1
            }
        }
    }

    @inline(__always)
    private func allow(_ node: Int, _ words: inout [UInt64]) {
        for slot in vocabulary.nodeTokenStart[node]..<vocabulary.nodeTokenStart[node + 1] {
            let token = Int(vocabulary.nodeTokens[Int(slot)])
            words[token / 64] |= 1 << UInt64(token % 64)
        }
    }
}
