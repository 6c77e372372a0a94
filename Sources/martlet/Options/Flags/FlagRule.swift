import MartletJSON

/// A flag of vLLM that has no option of its own here: it is accepted and changes nothing, or it is refused, for a reason.
struct FlagRule: Sendable {
    /// How many values follow the flag.
    enum Arity: Sendable {
        case none
        case one
        case many
    }

    /// What becomes of the flag.
    enum Outcome: Sendable {
        /// It changes nothing, and the reason says why.
        case ignored
        /// It is a JSON object that may have these members, with this value or, where there is none, any.
        case members([String: JSONValue?])
        /// It is accepted with one of these values, which mean what this program does; other values are refused.
        case only([String])
        /// It is refused; where it is a switch, its opposite `--no-…` is accepted.
        case refused
    }

    /// The flag's spellings, the first for messages; without `--no-…`.
    let names: [String]
    /// How many values follow.
    let arity: Arity
    /// What becomes of it.
    let outcome: Outcome
    /// Why, as the end of a sentence.
    let reason: String

    /// The spelling that switches it off; `nil` for a flag with values.
    var opposite: String? { arity == .none ? "--no-" + names[0].dropFirst(2) : nil }

    /// Rules that share outcome and reason.
    ///
    /// - Parameters:
    ///   - outcome: what becomes of the flags.
    ///   - reason: why, as the end of a sentence.
    ///   - lines: one flag a line: its spellings, then `N` for one value, `N...` for several, nothing for a switch.
    /// - Returns: one rule for each line.
    static func rules(_ outcome: Outcome, _ reason: String, _ lines: String) -> [FlagRule] {
        lines.split(separator: "\n").map { line in
            var words = line.split(separator: " ").map(String.init)
            let arity: Arity = words.last == "N" ? .one : words.last == "N..." ? .many : .none
            if arity != .none { words.removeLast() }
            return FlagRule(names: words, arity: arity, outcome: outcome, reason: reason)
        }
    }
}

/// The flags that have no option of their own.
enum FlagTable {
    /// All rules.
    static let rules = groups.flatMap { $0.rules }

    /// The rules in groups with the titles of vLLM's help.
    static let groups: [(title: String, rules: [FlagRule])] = [
        ("Frontend", frontend), ("ModelConfig", model), ("LoadConfig", loading), ("ParallelConfig", parallel),
        ("CacheConfig", cache), ("MultiModalConfig", media), ("LoRAConfig", adapters), ("LoggingConfig", logs),
        ("SchedulerConfig", scheduling), ("KernelConfig", devices),
    ]

    /// The rule of each spelling, the opposites included.
    static let rulesByName: [String: FlagRule] = {
        var found: [String: FlagRule] = [:]
        for rule in rules {
            for name in rule.names + [rule.opposite].compactMap({ $0 }) { found[name] = rule }
        }
        return found
    }()
}
