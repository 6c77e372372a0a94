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
        return words
    }

    /// Whether nothing but the end can follow.
    private func isLast(_ rest: Int32) -> Bool {
        let state = openingState(of: rest)
        return contents[Int(state)].places.isEmpty
    }

    private func lexemeMask(of state: Int32, isLast: Bool) -> LexemeMask {
        let key = state << 1 | (isLast ? 1 : 0)
        if let known = lexemeMasks[key] { return known }
        var words = [UInt64](repeating: 0, count: vocabulary.maskWordCount)
        var exits: [Int32] = []
        let depth = lexemes.plainDepth(of: state, isLast: isLast)
        var plain: UInt16 = 0
        for (bucket, mask) in zip(TokenVocabulary.plainBuckets, vocabulary.plainMasks) where bucket <= Int(depth) {
            plain = UInt16(bucket)
            words = mask
        }
        path[0] = state
        var node = 0
        while node < vocabulary.nodeByte.count {
            if vocabulary.nodePlainLength[node] <= plain {
                node = Int(vocabulary.nodeEnd[node])
                continue
            }
            let depth = Int(vocabulary.nodeDepth[node])
            let next = lexemes.next(path[depth - 1], vocabulary.nodeByte[node])
            guard next != LexemeMachine.dead else {
                node = Int(vocabulary.nodeEnd[node])
                continue
            }
            path[depth] = next
            allow(node, &words)
            let end = Int(vocabulary.nodeEnd[node])
            if end > node + 1, lexemes.accepting[Int(next)] { exits.append(Int32(node)) }
            node = lexemes.continues[Int(next)] ? node + 1 : end
        }
        let mask = LexemeMask(words: words, exits: exits)
        lexemeMasks[key] = mask
        return mask
    }

    /// Allows tokens that go on below the exits from a state of this machine.
    private func walk(_ exits: [Int32], _ state: Int32, _ words: inout [UInt64]) {
        if contents[Int(state)].places.isEmpty { return }
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
