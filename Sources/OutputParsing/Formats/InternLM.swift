extension ToolFormat {
    /// InternLM 2: `<|action_start|><|plugin|>{"name": …, "parameters": {…}}<|action_end|>`.
    static let internLM = ToolFormat(
        names: ["internlm"],
        sections: [
            ToolSection(
                begin: .marker("<|action_start|>"),
                opening: [.literal("<|plugin|>\n")],
                call: [.callObject(CallObjectSyntax(argumentKeys: ["parameters", "arguments"]))],
                after: [("<|action_end|>", .outside)],
                callEnd: "<|action_end|>"
            )
        ],
        closers: ["<|action_end|>"],
        isWritten: { $0.contains("<|action_start|>") }
    )
}
