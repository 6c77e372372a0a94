extension ToolFormat {
    /// Gemma 4: `<|tool_call>call:name{key:<|"|>value<|"|>,…}<tool_call|>` per call.
    static let gemma4 = ToolFormat(
        names: ["gemma4"],
        sections: [
            ToolSection(
                begin: .marker("<|tool_call>"),
                call: gemmaCall(stringMark: "<|\"|>"),
                after: [("<tool_call|>", .outside)]
            )
        ],
        closers: ["<tool_call|>"],
        surroundingText: .trimmed,
        isWritten: { $0.contains("<|tool_call>") }
    )

    /// FunctionGemma: `<start_function_call>call:name{key:<escape>value<escape>,…}<end_function_call>` per call.
    static let functionGemma = ToolFormat(
        names: ["functiongemma"],
        sections: [
            ToolSection(
                begin: .marker("<start_function_call>"),
                call: gemmaCall(stringMark: "<escape>"),
                after: [("<end_function_call>", .outside)]
            )
        ],
        closers: ["<end_function_call>"],
        isWritten: { $0.contains("<start_function_call>") }
    )

    private static func gemmaCall(stringMark: String) -> [ToolCallStep] {
        [
            .literal("call:"), .name(ToolNameSyntax(ends: [("{", true)])), .markedArguments(stringMark: stringMark),
        ]
    }
}

extension ReasoningFormat {
    /// Gemma 4: `<|channel>thought` and a newline open the reasoning, `<channel|>` ends it.
    static let gemma4 = ReasoningFormat(
        names: ["gemma4"],
        starts: ["<|channel>"],
        ends: ["<channel|>"],
        implicitEnds: ["<|tool_call>"],
        label: "thought\n",
        start: .content,
        isWritten: { $0.contains("<|channel>") }
    )
}
