extension ToolFormat {
    /// Kimi K2: `<|tool_call_begin|>functions.name:index<|tool_call_argument_begin|>{…}<|tool_call_end|>` per call.
    static let kimiK2 = ToolFormat(
        names: ["kimi_k2"],
        sections: [
            ToolSection(
                begin: .marker("<|tool_calls_section_begin|>"),
                call: [
                    .literal("<|tool_call_begin|>"),
                    .name(ToolNameSyntax(ends: [("<|tool_call_argument_begin|>", true)], isFunctionIndex: true)),
                    .arguments(normalizes: false),
                ],
                after: [("<|tool_call_end|>", .call), ("<|tool_calls_section_end|>", .outside)],
                holdsManyCalls: true,
                callEnd: "<|tool_call_end|>",
                separator: "",
                closing: "<|tool_calls_section_end|>"
            )
        ],
        closers: ["<|tool_calls_section_end|>"],
        callIDs: .functionIndex,
        isWritten: { $0.contains("<|tool_calls_section_begin|>") }
    )
}

extension ReasoningFormat {
    /// Kimi K2 Thinking: `<think>…</think>`; a tool call ends it too.
    static let kimiK2 = ReasoningFormat(
        names: ["kimi_k2"],
        starts: ["<think>"],
        ends: ["</think>"],
        implicitEnds: ["<|tool_calls_section_begin|>"],
        hasSwitch: true,
        isWritten: { $0.contains("<think>") && $0.contains("<|tool_calls_section_begin|>") }
    )
}
