extension ToolCallMachine {
    /// Whether the text is at a step that reads an object with name and arguments.
    var isInCallObject: Bool {
        guard case .step(let index) = phase, case .callObject = step(index) else { return false }
        return true
    }

    private func step(_ index: Int) -> ToolCallStep {
        let opening = grammar.sections[section].opening
        return index < opening.count ? opening[index] : grammar.sections[section].call[index - opening.count]
    }

    /// Goes to a step, or behind the call where there is none.
    mutating func startStep(_ index: Int) {
        let section = grammar.sections[section]
        guard index < section.opening.count + section.call.count else { return endCall(isComplete: true) }
        if index == section.opening.count { call.name = section.fixedName }
        phase = .step(index)
        literalCount = 0
        switch step(index) {
        case .name(let syntax): nameScanner = ToolNameScanner(syntax)
        case .callObject(let syntax): object = CallObjectScanner(syntax)
        case .arguments(let normalizes): json = JSONScanner(normalizes: normalizes)
        case .pythonArguments: python = PythonArgumentsScanner()
        case .parameters: parameters = grammar.parameters[self.section].map { ParameterScanner($0, tool: tool) }
        case .markedArguments:
            marked = MarkedArgumentsScanner(mark: grammar.steps[self.section][index], tool: tool)
        case .skipped: scanner = MarkerScanner()
        case .literal, .optional, .identifier:
            // white space alone is for writing only
            if grammar.literals[self.section][index].isEmpty { startStep(index + 1) }
        }
    }

    private var tool: ToolDefinition? { tools.first { $0.name == call.name } }

    /// Takes a byte at a step.
    mutating func take(_ byte: UInt8, at index: Int) {
        switch step(index) {
        case .literal: literal(byte, at: index, isOptional: false)
        case .optional: literal(byte, at: index, isOptional: true)
        case .identifier(_, let end): identifier(byte, at: index, end: end)
        case .skipped:
            literalCount += 1
            if case .found = scanner.consume(byte, grammar.steps[section][index]) {
                startStep(index + 1)
            } else if literalCount > 256 {
                fail(at: byte, rescanning: 0)
            }
        case .name: name(byte, at: index)
        case .callObject: callObject(byte, at: index)
        case .arguments:
            let isBefore = json.significantCount == 0
            let mayBegin = !isBefore || byte.isBlank || byte == UInt8(ascii: "{")
            let step = mayBegin ? json.consume(byte, into: &call.arguments) : .failed
            act(on: step, byte, at: index, hasBegun: json.significantCount > 1)
        case .pythonArguments:
            let step = python.consume(byte, into: &call.arguments)
            act(on: step, byte, at: index, hasBegun: python.hasBegun)
        case .parameters:
            guard let step = parameters?.consume(byte, into: &call.arguments) else { return }
            act(on: step, byte, at: index, hasBegun: parameters?.hasBegun == true)
        case .markedArguments:
            guard let step = marked?.consume(byte, into: &call.arguments) else { return }
            act(on: step, byte, at: index, hasBegun: marked?.hasBegun == true)
        }
    }

    // MARK: - Parts

    private mutating func literal(_ byte: UInt8, at index: Int, isOptional: Bool) {
        let bytes = grammar.literals[section][index]
        if literalCount == 0, byte.isBlank, bytes.first != byte { return }
        if bytes[literalCount] == byte {
            literalCount += 1
            if literalCount == bytes.count { startStep(index + 1) }
            return
        }
        guard isOptional else { return fail(at: byte, rescanning: literalCount + 1) }
        let seen = bytes.prefix(literalCount)
        startStep(index + 1)
        for earlier in seen { inCall(earlier) }
        inCall(byte)
    }

    private mutating func identifier(_ byte: UInt8, at index: Int, end: String) {
        let begin = grammar.literals[section][index]
        guard literalCount >= begin.count else {
            if literalCount + 1 == begin.count, byte == begin[literalCount] {
                literalCount += 1
            } else {
                literal(byte, at: index, isOptional: true)
            }
            return
        }
        literalCount += 1
        if end.utf8.first == byte {
            startStep(index + 1)
            inCall(byte)
        } else if literalCount > 256 {
            fail(at: byte, rescanning: 0)
        }
    }

    private mutating func name(_ byte: UInt8, at index: Int) {
        switch nameScanner.consume(byte, grammar.steps[section][index]) {
        case .more: break
        case .failed: fail(at: byte, rescanning: 1)
        case .done(let surplus):
            call.name = nameScanner.name
            call.id = nameScanner.id
            let rest = Array(held.suffix(surplus))
            startStep(index + 1)
            for byte in rest { inCall(byte) }
        }
    }

    private mutating func callObject(_ byte: UInt8, at index: Int) {
        let step = object.consume(byte, into: &call.arguments)
        if let name = object.name { call.name = name }
        if step != .failed, object.hasBegunArguments, call.name != nil { makeCertain() }
        switch step {
        case .more: break
        case .done: startStep(index + 1)
        case .doneBefore, .failed:
            // arguments that are complete stay so, whatever is wrong behind them
            object.hasArguments && call.isCertain ? endCall(isComplete: true) : fail(at: byte, rescanning: 1)
        }
    }

    /// Acts on what a byte meant to arguments that stand by themselves.
    private mutating func act(on step: ScanStep, _ byte: UInt8, at index: Int, hasBegun: Bool) {
        if hasBegun, step != .failed { makeCertain() }
        switch step {
        case .more: break
        case .failed: fail(at: byte, rescanning: 1)
        case .done: startStep(index + 1)
        case .doneBefore:
            let end = parameterEnd
            startStep(index + 1)
            for byte in end { consume(byte) }
        }
    }

    private var parameterEnd: [UInt8] {
        grammar.parameters[section].map { Array($0.syntax.end.utf8) } ?? []
    }

    // MARK: - Certainty

    private mutating func makeCertain() {
        guard !call.isCertain, let name = call.name else { return }
        call.isCertain = true
        isSectionCertain = true
        held = []
        gate.noteCall()
        flushContent()
        let id = ids.id(grammar.format.callIDs, index: callCount, name: name, written: call.id)
        events.append(.toolCallBegin(index: callCount, id: id, name: name))
        callCount += 1
    }

    /// Hands out arguments of a certain call.
    mutating func flushArguments() {
        guard call.isCertain, !call.arguments.isEmpty else { return }
        let text = String(decoding: call.arguments, as: UTF8.self)
        events.append(.toolCallArguments(index: callCount - 1, text: text))
        call.arguments.removeAll(keepingCapacity: true)
    }

    /// Ends a call; the text goes on behind it.
    mutating func endCall(isComplete: Bool) {
        flushArguments()
        if call.isCertain { events.append(.toolCallEnd(index: callCount - 1, isComplete: isComplete)) }
        call = PendingCall()
        parameters = nil
        marked = nil
        held = []
        text = []
        scanner = MarkerScanner()
        phase = grammar.sections[section].after.isEmpty ? .outside : .after
    }

    /// Acts on text that cannot stand in a call; that many of its last bytes are read again if it is none.
    private mutating func fail(at byte: UInt8, rescanning count: Int) {
        guard call.isCertain else { return rejectCall(rescanning: count) }
        guard case .step(let index) = phase else { return }
        switch step(index) {
        case .arguments: damage = DamagedArguments(json)
        case .callObject: damage = DamagedArguments(object.arguments)
        default: return endCall(isComplete: false)
        }
        phase = .broken
        text = []
        scanner = MarkerScanner()
        inDamage(byte)
    }

    // MARK: - Behind calls

    mutating func behindCall(_ byte: UInt8) {
        text.append(byte)
        let place = grammar.after[section]
        guard case .found(let marker, let surplus) = scanner.consume(byte, place.automaton) else { return }
        leave(place, marker, surplus)
    }

    /// Goes on behind a marker that follows a call.
    private mutating func leave(_ place: ToolGrammar.Place, _ marker: Int, _ surplus: Int) {
        let rest = Array(text.suffix(surplus))
        text = []
        if marker < place.outsideOffset {
            switch place.continuations[marker] {
            case .outside: phase = .outside
            case .call, .callWithMarker:
                held = []
                startStep(grammar.sections[section].opening.count)
                if place.continuations[marker] == .callWithMarker {
                    for byte in place.automaton.markers[marker].utf8 { consume(byte) }
                }
            }
        } else {
            phase = .outside
            begin(marker - place.outsideOffset)
        }
        for byte in rest { consume(byte) }
    }

    /// Takes a byte of arguments that are not what they should be: they go on to where they seem to end.
    mutating func inDamage(_ byte: UInt8) {
        text.append(byte)
        let place = grammar.broken[section]
        let step = scanner.consume(byte, place.automaton)
        if case .found(let marker, let surplus) = step {
            let length = place.automaton.markers[marker].utf8.count
            call.arguments += text.dropLast(surplus + length)
            let rest = text
            endCall(isComplete: false)
            text = rest
            return leave(place, marker, surplus)
        }
        let ready = text.count - scanner.heldCount(place.automaton)
        call.arguments += text.prefix(ready)
        text.removeFirst(ready)
        if damage.ends(with: byte), ready > 0 { endCall(isComplete: false) }
    }
}

/// Guesses where broken JSON ends, by its brackets and quotes.
struct DamagedArguments: Sendable {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// Arguments of which nothing has come.
    init() {}

    /// Arguments that a reader could not go on with.
    init(_ scanner: JSONScanner) {
        depth = scanner.depth
        isInString = scanner.isInString
    }

    /// Takes a byte and says whether it is the last.
    mutating func ends(with byte: UInt8) -> Bool {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        return depth <= 0
    }
}
