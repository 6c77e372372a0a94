extension ToolFormat {
    /// Apertus: a JSON array of objects with one member each, `{"name": {…}}`, between `<|tools_prefix|>` and
    /// `<|tools_suffix|>`.
    static let apertus = ToolFormat(
        names: ["apertus"],
        sections: [
            ToolSection(
                begin: .marker("<|tools_prefix|>"),
                opening: [.literal("[")],
                call: [
                    .literal("{"), .name(ToolNameSyntax(ends: [(":", true)], isQuoted: true)),
                    .arguments(normalizes: true),
                ],
                after: [(",", .call), ("]", .outside)],
                holdsManyCalls: true,
                callEnd: "}",
                separator: ", ",
                closing: "]<|tools_suffix|>"
            )
        ],
        closers: ["<|tools_suffix|>"],
        surroundingText: .trimmed,
        isWritten: { $0.contains("<|tools_prefix|>") }
    )
}
