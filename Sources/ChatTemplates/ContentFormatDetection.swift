/// How a template takes the content of messages.
package enum ContentFormat: String, Sendable, Hashable, CaseIterable {
    /// As one string.
    case string
    /// As the list of parts that the OpenAI API has.
    case openai
}

extension ChatTemplate {
    /// How this template takes content: as parts if it loops over the content of a message, else as a string.
    ///
    /// Detected from the syntax tree as vLLM detects it, by following the names that `messages` and its elements get.
    package var contentFormat: ContentFormat {
        ContentFormatDetector(program).format
    }
}

private struct ContentFormatDetector {
    private let names: [String]
    private var assignments: [(target: Target, value: Expression)] = []
    private var loops: [Statement.Loop] = []

    init(_ program: Program) {
        names = program.names
        collect(program.body)
    }

    private mutating func collect(_ statements: [Statement]) {
        for statement in statements { collect(statement) }
    }

    private mutating func collect(_ statement: Statement) {
        switch statement.kind {
        case .set(let target, let value): assignments.append((target, value))
        case .loop(let loop):
            loops.append(loop)
            collect(loop.body)
            collect(loop.otherwise)
        case .conditional(let branches, let otherwise):
            for branch in branches { collect(branch.body) }
            collect(otherwise)
        case .setBlock(_, _, let body), .with(_, let body), .filterBlock(_, let body), .autoescape(_, let body),
            .scope(let body), .block(let body, _):
            collect(body)
        case .macro(let macro): collect(macro.body)
        case .callBlock(let macro, _): collect(macro.body)
        case .text, .output, .evaluation, .breakLoop, .continueLoop, .unavailable: break
        }
    }

    var format: ContentFormat {
        let messages = aliases(of: "messages")
        var elements: Set<String> = []
        for loop in loops where messages.contains(where: { reads(loop.iterable, $0) }) {
            guard case .name(let id) = loop.target else { return .string }
            elements.insert(names[id])
        }
        let loopsOverContent = loops.contains { loop in
            elements.contains { reads(loop.iterable, $0, key: "content") }
        }
        return loopsOverContent ? .openai : .string
    }

    /// The names that hold the variable, or a filtered or sliced form of it.
    private func aliases(of variable: String) -> Set<String> {
        var known: Set<String> = [variable]
        var pending = [variable]
        while let name = pending.popLast() {
            for (target, value) in assignments where reads(value, name) {
                guard case .name(let id) = target, known.insert(names[id]).inserted else { continue }
                pending.append(names[id])
            }
        }
        return known
    }

    /// Whether an expression is that variable or, with a key, that element of it, perhaps filtered or sliced.
    private func reads(_ expression: Expression, _ variable: String, key: String? = nil) -> Bool {
        switch expression.kind {
        case .filter(let base, _), .test(let base, _), .slice(let base, _): return reads(base, variable, key: key)
        case .name(let id): return key == nil && names[id] == variable
        case .attribute(let base, let attribute): return attribute.name == key && reads(name: base, variable)
        case .item(let base, let index):
            guard case .literal(.string(let text)) = index.kind else { return false }
            return text == key && reads(name: base, variable)
        default: return false
        }
    }

    private func reads(name expression: Expression, _ variable: String) -> Bool {
        guard case .name(let id) = expression.kind else { return false }
        return names[id] == variable
    }
}
