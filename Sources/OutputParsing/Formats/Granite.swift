extension ToolFormat {
    /// Granite 3: a JSON array of calls behind `<|tool_call|>` or `<tool_call>`.
    static let granite = ToolFormat(
        names: ["granite"],
        sections: ["<|tool_call|>", "<tool_call>"].map { marker in
            ToolSection(
                begin: .marker(marker),
                opening: [.literal("[")],
                call: [.callObject(CallObjectSyntax(normalizes: false))],
                after: [(",", .call), ("]", .outside)],
                holdsManyCalls: true,
                separator: ", ",
                closing: "]"
            )
        },
        surroundingText: .trimmed,
        isWritten: { $0.contains("<|tool_call|>") }
    )

    /// Granite 20B with function calling: `<function_call> {"name": …, "arguments": {…}}`, repeated.
    static let granite20B = ToolFormat(
        names: ["granite-20b-fc"],
        sections: [
            ToolSection(
                begin: .marker("<function_call>"),
                opening: [.literal(" ")],
                call: [.callObject(CallObjectSyntax())]
            )
        ],
        isWritten: { $0.contains("<function_call>") }
    )
}

extension ReasoningFormat {
    /// Granite 3: plain sentences open the reasoning and end it.
    static let granite = ReasoningFormat(
        names: ["granite"],
        starts: ["Here is my thought process:", "Here's my thought process:"],
        ends: ["Here is my response:", "Here's my response:"],
        start: .content,
        isWritten: { $0.contains("my thought process:") }
    )
}
