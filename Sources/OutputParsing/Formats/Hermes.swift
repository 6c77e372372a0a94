extension ToolFormat {
    /// Hermes 2 and 3, Qwen2.5, Qwen3: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, one per call.
    static let hermes = ToolFormat(
        names: ["hermes", "qwen3_json", "granite4"],
        sections: [
            ToolSection(
                begin: .marker("<tool_call>"),
                opening: [.literal("\n")],
                call: [.callObject(CallObjectSyntax())],
                after: [("</tool_call>", .outside)],
                callEnd: "\n</tool_call>"
            )
        ],
        isWritten: { template in
            template.contains("<tool_call>")
                && !["<function=", "<arg_key>", "<|tool_call|>", "invoke name"].contains { template.contains($0) }
        }
    )
}
