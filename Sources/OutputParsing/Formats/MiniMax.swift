extension ToolFormat {
    /// MiniMax M2: `<invoke name="…"><parameter name="key">value</parameter></invoke>` in `<minimax:tool_call>`.
    static let minimaxM2 = ToolFormat(
        names: ["minimax_m2"],
        sections: [
            ToolSection(
                begin: .marker("<minimax:tool_call>"),
                call: [
                    .literal("\n<invoke name="),
                    .name(ToolNameSyntax(ends: [(">", true)], isQuoted: true)),
                    .parameters(
                        ParameterSyntax(
                            begin: "<parameter name=",
                            nameEnd: ">",
                            valueEnd: "</parameter>",
                            end: "</invoke>",
                            trimming: .whitespace,
                            isAttribute: true,
                            layout: ("\n<parameter name=\"NAME\">", "</parameter>", "\n</invoke>")
                        )
                    ),
                ],
                after: [("<invoke name=", .callWithMarker), ("</minimax:tool_call>", .outside)],
                holdsManyCalls: true,
                separator: "",
                closing: "\n</minimax:tool_call>"
            )
        ],
        closers: ["</minimax:tool_call>"],
        surroundingText: .trimmed,
        isWritten: { $0.contains("<minimax:tool_call>") }
    )

    /// MiniMax M1: JSON objects, one per line, between `<tool_calls>` and `</tool_calls>`.
    static let minimax = ToolFormat(
        names: ["minimax"],
        sections: [
            ToolSection(
                begin: .marker("<tool_calls>"),
                call: [.callObject(CallObjectSyntax())],
                after: [("\n", .call), ("</tool_calls>", .outside)],
                holdsManyCalls: true,
                closing: "\n</tool_calls>"
            )
        ],
        closers: ["</tool_calls>"]
    )
}

extension ReasoningFormat {
    /// MiniMax M2: `<think>…</think>`, which the prompt opens; a tool call ends it too.
    static let minimaxM2 = ReasoningFormat(
        names: ["minimax_m2", "minimax"],
        starts: ["<think>"],
        ends: ["</think>"],
        implicitEnds: ["<minimax:tool_call>"],
        isWritten: { $0.contains("<think>") && $0.contains("<minimax:tool_call>") }
    )
}
