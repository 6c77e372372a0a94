extension ToolFormat {
    /// Hunyuan 3: `<tool_call:opensource>name<tool_sep:opensource>`, then keys and values as in GLM 4.5, in
    /// `<tool_calls:opensource>`.
    static let hunyuanV3 = ToolFormat(
        names: ["hy_v3"],
        sections: [
            ToolSection(
                begin: .marker("<tool_calls:opensource>"),
                call: [
                    .literal("\n<tool_call:opensource>"),
                    .name(ToolNameSyntax(ends: [("<tool_sep:opensource>", true)])),
                    .parameters(
                        ParameterSyntax(
                            begin: "<arg_key:opensource>",
                            nameEnd: "</arg_key:opensource>",
                            valueBegin: "<arg_value:opensource>",
                            valueEnd: "</arg_value:opensource>",
                            end: "</tool_call:opensource>",
                            trimming: .none,
                            layout: (
                                "\n<arg_key:opensource>NAME</arg_key:opensource>\n<arg_value:opensource>",
                                "</arg_value:opensource>", "\n</tool_call:opensource>"
                            )
                        )
                    ),
                ],
                after: [
                    ("<tool_call:opensource>", .callWithMarker), ("</tool_calls:opensource>", .outside),
                ],
                holdsManyCalls: true,
                separator: "",
                closing: "\n</tool_calls:opensource>"
            )
        ],
        closers: ["</tool_calls:opensource>"],
        surroundingText: .trimmed,
        isWritten: { $0.contains("<tool_sep") && $0.contains(":opensource") }
    )
}

extension ReasoningFormat {
    /// Hunyuan 3: `<think:opensource>…</think:opensource>`, which the prompt may open or close; calls end it too.
    static let hunyuanV3 = ReasoningFormat(
        names: ["hy_v3"],
        starts: ["<think:opensource>"],
        ends: ["</think:opensource>"],
        implicitEnds: ["<tool_calls:opensource>"],
        start: .content,
        isWritten: { $0.contains("<think{}>") && $0.contains(":opensource") }
    )
}
