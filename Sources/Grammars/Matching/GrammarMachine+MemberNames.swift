extension GrammarMachine {
    /// What a state's places have to do with the names of members.
    struct NameMarks: OptionSet {
        let rawValue: UInt8

        /// A name may begin or go on.
        static let name = NameMarks(rawValue: 1)
        /// An object may begin.
        static let opening = NameMarks(rawValue: 2)
    }

    /// What the places have to do with the names of members.
    func nameMarks(of places: [Place]) -> NameMarks {
        var result: NameMarks = []
        guard grammar.hasMemberNames else { return result }
        for place in places {
            switch role(of: place) {
            case .none: break
            case .objectOpen: result.insert(.opening)
            case .memberName: result.insert(.name)
            }
        }
        return result
    }

    private func role(of place: Place) -> Lexeme.Role {
        grammar.lexemes[Int(lexemes.states[Int(place.lexeme)].lexeme)].role
    }

    /// The object that a place's member is of.
    private func object(of place: Place) -> Int32 { rests[Int(place.rest)].parent }

    /// Follows names over a byte that comes in a state.
    ///
    /// - Returns: whether it completes a name that its object has already.
    func follow(_ names: inout MemberNames, _ state: Int32, _ byte: UInt8) -> Bool {
        if nameMarks[Int(state)].isEmpty { return false }
        var isKnown = false
        var followed: [Int32] = []
        for place in contents[Int(state)].places {
            let role = role(of: place)
            if role == .none { continue }
            let target = lexemes.next(place.lexeme, byte)
            let object = object(of: place)
            guard target != LexemeMachine.dead, !followed.contains(object) else { continue }
            let ends = lexemes.accepting[Int(target)]
            if role == .objectOpen {
                if ends { names.open(object) }
                continue
            }
            followed.append(object)
            let begins = lexemes.states[Int(place.lexeme)].phase == .opening
            if names.take(byte, of: object, begins: begins, ends: ends) { isKnown = true }
        }
        return isKnown
    }

    /// The mask of a state without the tokens that would complete a name which its object has already.
    ///
    /// - Returns: `nil` where nothing is left, as the schema allows so many names only: names then come again.
    func mask(of state: Int32, without names: MemberNames) -> [UInt64]? {
        var words = mask(of: state)
        if names.isEmpty { return words }
        if nameMarks[Int(state)].contains(.name) {
            var objects: Set<Int32> = []
            for place in contents[Int(state)].places where role(of: place) == .memberName {
                objects.insert(object(of: place))
            }
            for object in objects {
                guard let members = names.objects[object], !members.known.isEmpty else { continue }
                removeTokens(completing: members, from: &words)
            }
        }
        for token in vocabulary.memberTokens where words[token / 64] >> UInt64(token % 64) & 1 == 1 {
            if repeatsName(names, state, token) { words[token / 64] &= ~(1 << UInt64(token % 64)) }
        }
        return words.allSatisfy { $0 == 0 } ? nil : words
    }

    private func repeatsName(_ names: MemberNames, _ state: Int32, _ token: Int) -> Bool {
        var names = names
        var state = state
        for byte in vocabulary.bytes(at: token) {
            if follow(&names, state, byte) { return true }
            state = next(state, byte)
            if state == Self.dead { return false }
        }
        return false
    }

    private func removeTokens(completing members: MemberNames.Members, from words: inout [UInt64]) {
        var path = [MemberName?](repeating: nil, count: vocabulary.maximumDepth + 1)
        path[0] = members.current
        var node = 0
        while node < vocabulary.nodeByte.count {
            let byte = vocabulary.nodeByte[node]
            let depth = Int(vocabulary.nodeDepth[node])
            let end = Int(vocabulary.nodeEnd[node])
            guard var name = path[depth - 1] else {
                // white space may stand before the name
                let isSpace = byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
                path[depth] = byte == UInt8(ascii: "\"") ? MemberName() : nil
                node = isSpace || byte == UInt8(ascii: "\"") ? node + 1 : end
                continue
            }
            if byte == UInt8(ascii: "\""), !name.isEscaping {
                if members.known.contains(name.scalars) { disallow(node, &words) }
                node = end
                continue
            }
            name.append(byte)
            path[depth] = name
            node = name.canBecome(members.known) ? node + 1 : end
        }
    }

    /// Forbids the tokens at a node and below it.
    private func disallow(_ node: Int, _ words: inout [UInt64]) {
        for slot in vocabulary.nodeTokenStart[node]..<vocabulary.nodeTokenStart[Int(vocabulary.nodeEnd[node])] {
            let token = Int(vocabulary.nodeTokens[Int(slot)])
            words[token / 64] &= ~(1 << UInt64(token % 64))
        }
    }
}
