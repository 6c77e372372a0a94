extension ToolFormat {
    /// Qwen3-Coder and Qwen3.5: `<tool_call><function=name><parameter=key>value</parameter></function></tool_call>`.
    static let qwen3Coder = ToolFormat(
        names: ["qwen3_coder", "qwen3_xml", "step3p5", "mimo"],
        sections: [
            ToolSection(
                begin: .marker("<tool_call>"),
                call: functionElement,
                after: [("<function=", .callWithMarker), ("</tool_call>", .outside)],
                callEnd: "\n</tool_call>"
            ),
            ToolSection(begin: .anywhere("<function="), call: functionElement),
        ],
        closers: ["</tool_call>"],
        surroundingText: .trimmed,
        isWritten: { $0.contains("<tool_call>") && $0.contains("<function=") }
    )

    /// A call as `<function=name>` with `<parameter=key>` elements in it.
    static let functionElement: [ToolCallStep] = [
        .literal("\n<function="),
        .name(ToolNameSyntax(ends: [(">", true)])),
        .parameters(
            ParameterSyntax(
                begin: "<parameter=",
                nameEnd: ">",
                valueEnd: "</parameter>",
                end: "</function>",
                layout: ("\n<parameter=NAME>\n", "\n</parameter>", "\n</function>")
            )
        ),
    ]
}

extension ReasoningFormat {
    /// Qwen3: `<think>…</think>`, on unless `enable_thinking` is false; a tool call ends it too.
    static let qwen3 = ReasoningFormat(
        names: ["qwen3", "step3p5", "mimo", "nemotron_v3", "minicpmv"],
        starts: ["<think>"],
        ends: ["</think>"],
        implicitEnds: ["<tool_call>"],
        hasSwitch: true,
        isWritten: { $0.contains("<think>") && $0.contains("<|im_start|>") && !$0.contains("<function_calls>") }
    )
}
