extension ToolFormat {
    /// DeepSeek V3 and R1: a type, the name, and the arguments in a code fence, per call.
    static let deepseekV3 = ToolFormat(
        names: ["deepseek_v3"],
        sections: [
            ToolSection(
                begin: .marker("<｜tool▁calls▁begin｜>"),
                call: [
                    .literal("<｜tool▁call▁begin｜>"),
                    .skipped(until: "<｜tool▁sep｜>", written: "function"),
                    .name(ToolNameSyntax(ends: [("\n", true)])),
                    .literal("```json\n"),
                    .arguments(normalizes: false),
                ],
                after: [("<｜tool▁call▁end｜>", .call), ("<｜tool▁calls▁end｜>", .outside)],
                holdsManyCalls: true,
                callEnd: "\n```<｜tool▁call▁end｜>",
                closing: "<｜tool▁calls▁end｜>"
            )
        ],
        closers: ["<｜tool▁calls▁end｜>"],
        isWritten: { $0.contains("<｜tool▁calls▁begin｜>") && $0.contains("```json") }
    )

    /// DeepSeek V3.1: `<｜tool▁call▁begin｜>name<｜tool▁sep｜>{…}<｜tool▁call▁end｜>` per call.
    static let deepseekV31 = ToolFormat(
        names: ["deepseek_v31"],
        sections: [
            ToolSection(
                begin: .marker("<｜tool▁calls▁begin｜>"),
                call: [
                    .literal("<｜tool▁call▁begin｜>"),
                    .name(ToolNameSyntax(ends: [("<｜tool▁sep｜>", true)])),
                    .arguments(normalizes: false),
                ],
                after: [("<｜tool▁call▁end｜>", .call), ("<｜tool▁calls▁end｜>", .outside)],
                holdsManyCalls: true,
                callEnd: "<｜tool▁call▁end｜>",
                separator: "",
                closing: "<｜tool▁calls▁end｜>"
            )
        ],
        closers: ["<｜tool▁calls▁end｜>"],
        isWritten: { $0.contains("<｜tool▁calls▁begin｜>") && !$0.contains("```json") }
    )

    /// DeepSeek V3.2: `<｜DSML｜invoke name="…">` elements in `<｜DSML｜function_calls>`.
    static let deepseekV32 = markupLanguage(["deepseek_v32"], element: "function_calls")

    /// DeepSeek V4: `<｜DSML｜invoke name="…">` elements in `<｜DSML｜tool_calls>`.
    static let deepseekV4 = markupLanguage(["deepseek_v4", "deepseek_v41"], element: "tool_calls")

    private static func markupLanguage(_ names: [String], element: String) -> ToolFormat {
        let parameters = ParameterSyntax(
            begin: "<｜DSML｜parameter name=",
            nameEnd: ">",
            valueEnd: "</｜DSML｜parameter>",
            end: "</｜DSML｜invoke>",
            trimming: .none,
            isAttribute: true,
            layout: ("\n<｜DSML｜parameter name=\"NAME\" string=\"TYPE\">", "</｜DSML｜parameter>", "\n</｜DSML｜invoke>")
        )
        return ToolFormat(
            names: names,
            sections: [
                ToolSection(
                    begin: .marker("<｜DSML｜\(element)>"),
                    call: [
                        .literal("\n<｜DSML｜invoke name="),
                        .name(ToolNameSyntax(ends: [(">", true)], isQuoted: true)),
                        .parameters(parameters),
                    ],
                    after: [
                        ("<｜DSML｜invoke name=", .callWithMarker), ("</｜DSML｜\(element)>", .outside),
                    ],
                    holdsManyCalls: true,
                    separator: "",
                    closing: "\n</｜DSML｜\(element)>"
                )
            ],
            closers: ["</｜DSML｜\(element)>"],
            surroundingText: .trimmed,
            isWritten: { template in
                template.contains("｜DSML｜") && template.contains(element)
                    && (element == "tool_calls") != template.contains("function_calls>")
            }
        )
    }
}

extension ReasoningFormat {
    /// DeepSeek R1, Step 3: the text begins in the reasoning, `</think>` ends it; `<think>` may come first.
    static let deepseekR1 = ReasoningFormat(
        names: ["deepseek_r1", "step3"],
        starts: ["<think>"],
        ends: ["</think>"],
        isWritten: { template in
            template.contains("<think>") && !template.contains("thinking") && !template.contains("<|im_start|>")
                && !["<|tool_calls_section_begin|>", "<function_calls>", "<minimax:tool_call>"]
                    .contains { template.contains($0) }
        }
    )

    /// DeepSeek V3.1 and later, Holo 2: as R1 where the request switches thinking on.
    static let deepseekV3 = ReasoningFormat(
        names: ["deepseek_v3", "deepseek_v4", "deepseek_v41", "holo2"],
        starts: ["<think>"],
        ends: ["</think>"],
        isOffByDefault: true,
        hasSwitch: true,
        isWritten: { $0.contains("</think>") && $0.contains("<｜Assistant｜>") && $0.contains("thinking") }
    )
}
