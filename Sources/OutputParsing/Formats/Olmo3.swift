extension ToolFormat {
    /// OLMo 3: Python calls, one per line, between `<function_calls>` and `</function_calls>`.
    static let olmo3 = ToolFormat(
        names: ["olmo3"],
        sections: [
            ToolSection(
                begin: .marker("<function_calls>"),
                call: [.name(ToolNameSyntax(ends: [("(", true)])), .pythonArguments],
                after: [("\n", .call), ("</function_calls>", .outside)]
            )
        ],
        closers: ["</function_calls>"],
        isWritten: { $0.contains("<function_calls>") }
    )
}

extension ReasoningFormat {
    /// OLMo 3: `<think>…</think>`, where the prompt opens it.
    static let olmo3 = ReasoningFormat(
        names: ["olmo3"],
        starts: ["<think>"],
        ends: ["</think>"],
        isWritten: { $0.contains("<function_calls>") && $0.contains("<think>") }
    )
}
