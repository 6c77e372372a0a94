extension ToolFormat {
    /// Command A and later: a JSON array of `{"tool_call_id": …, "tool_name": …, "parameters": {…}}` in `<|START_ACTION|>`.
    static let cohereCommand = ToolFormat(
        names: ["cohere_command3", "cohere_command4"],
        sections: [
            ToolSection(
                begin: .marker("<|START_ACTION|>"),
                opening: [.literal("[\n    ")],
                call: [.callObject(CallObjectSyntax(nameKeys: ["tool_name"], argumentKeys: ["parameters"]))],
                after: [(",", .call), ("]", .outside)],
                holdsManyCalls: true,
                separator: ",\n    ",
                closing: "\n]<|END_ACTION|>"
            )
        ],
        closers: ["<|END_ACTION|>"],
        surroundingText: .trimmed,
        isWritten: { $0.contains("<|START_ACTION|>") }
    )
}

extension ReasoningFormat {
    /// Command A Reasoning and later: `<|START_THINKING|>…<|END_THINKING|>`, which the prompt may open or close; calls end
    /// it too.
    static let cohereCommand = ReasoningFormat(
        names: ["cohere_command3", "cohere_command4"],
        starts: ["<|START_THINKING|>"],
        ends: ["<|END_THINKING|>"],
        implicitEnds: ["<|START_ACTION|>"],
        start: .content,
        isWritten: { $0.contains("<|START_THINKING|>") }
    )
}
