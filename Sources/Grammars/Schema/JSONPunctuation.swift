import MartletTokenizers

/// The texts between JSON values with the white space around them.
enum JSONPunctuation {
    /// Where `{` stands among the texts.
    static let objectOpen = 3

    /// How much white space may stand in one place.
    private static let spaceLimit = 40

    /// The texts of `[`, `]`, `]` of an empty array, `{`, `}`, `}` of an empty object, the comma and the colon.
    static func texts(
        _ whitespace: JSONGrammarOptions.Whitespace,
        limits: GrammarLimits
    ) throws(GrammarError) -> [TextAutomaton] {
        switch whitespace {
        case .flexible: try flexible.get()
        case .none: try texts(.empty, limits: limits)
        case .pattern(let pattern):
            try texts(RegexParser.parse(pattern, place: "whitespace_pattern", limits: limits), limits: limits)
        }
    }

    private static let flexible = Result { () throws(GrammarError) in
        let scalars = RegexNode.scalars(ScalarRanges([9...10, 13...13, 32...32]))
        return try texts(.repetition(scalars, minimum: 0, maximum: spaceLimit), limits: GrammarLimits())
    }

    private static func texts(_ space: RegexNode, limits: GrammarLimits) throws(GrammarError) -> [TextAutomaton] {
        let nodes: [RegexNode] = [
            .sequence([.literal("["), space]), .sequence([space, .literal("]")]), .literal("]"),
            .sequence([.literal("{"), space]), .sequence([space, .literal("}")]), .literal("}"),
            .sequence([space, .literal(","), space]), .sequence([space, .literal(":"), space]),
        ]
        var result: [TextAutomaton] = []
        for node in nodes { result.append(try RegexCompiler.compile(node, place: "white space", limits: limits)) }
        return result
    }
}
