extension ToolFormat {
    /// GLM 4.5 to 4.7, Ling 3, Laguna: `<tool_call>name`, then `<arg_key>key</arg_key><arg_value>value</arg_value>` per argument.
    static let glm45 = ToolFormat(
        names: ["glm45", "glm47", "ling3", "poolside_v1"],
        sections: [
            ToolSection(
                begin: .marker("<tool_call>"),
                call: [
                    .name(ToolNameSyntax(ends: [("\n", true), ("<", false)])),
                    .parameters(
                        ParameterSyntax(
                            begin: "<arg_key>",
                            nameEnd: "</arg_key>",
                            valueBegin: "<arg_value>",
                            valueEnd: "</arg_value>",
                            end: "</tool_call>",
                            consumesEnd: false,
                            trimming: .none,
                            layout: ("<arg_key>NAME</arg_key>\n<arg_value>", "</arg_value>\n", "")
                        )
                    ),
                ],
                after: [("</tool_call>", .outside)],
                callEnd: "</tool_call>"
            )
        ],
        closers: ["</tool_call>"],
        surroundingText: .trimmed,
        isWritten: { $0.contains("<arg_key>") }
    )
}

extension ReasoningFormat {
    /// GLM 4.5 to 4.7, Ling 3, Laguna: `<think>…</think>`, on unless `enable_thinking` is false; a tool call ends it too.
    static let glm45 = ReasoningFormat(
        names: ["glm45", "glm47", "ling3", "poolside_v1"],
        starts: ["<think>"],
        ends: ["</think>"],
        implicitEnds: ["<tool_call>"],
        hasSwitch: true,
        isWritten: { $0.contains("<think>") && $0.contains("<arg_key>") && !$0.contains("<|im_start|>") }
    )
}
