extension ToolFormat {
    /// Mistral: `[TOOL_CALLS]name[ARGS]{…}` or `[TOOL_CALLS]name{…}` per call, and the older `[TOOL_CALLS][{…}, …]`.
    static let mistral = ToolFormat(
        names: ["mistral"],
        sections: [
            ToolSection(
                begin: .marker("[TOOL_CALLS]"),
                call: [
                    .name(ToolNameSyntax(ends: [("[", false), ("{", false)])),
                    .identifier(begin: "[CALL_ID]", end: "["),
                    .optional("[ARGS]"),
                    .arguments(normalizes: false),
                ],
                separator: ""
            ),
            ToolSection(
                begin: .marker("[TOOL_CALLS]"),
                startsWith: "[",
                opening: [.literal("[")],
                call: [.callObject(CallObjectSyntax(normalizes: false))],
                after: [(",", .call), ("]", .outside)]
            ),
        ],
        callIDs: .short,
        surroundingText: .trimmed,
        isWritten: { $0.contains("[TOOL_CALLS]") }
    )
}

extension ReasoningFormat {
    /// Magistral and Ministral: `[THINK]…[/THINK]`.
    static let mistral = ReasoningFormat(
        names: ["mistral"],
        starts: ["[THINK]"],
        ends: ["[/THINK]"],
        start: .content,
        isWritten: { $0.contains("[THINK]") }
    )
}
