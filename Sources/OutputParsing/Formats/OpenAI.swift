extension ToolFormat {
    /// gpt-oss: calls are messages to `functions.name` in the commentary channel.
    static let openAI = ToolFormat(
        names: ["openai"],
        sections: [],
        usesChannels: true,
        isWritten: { $0.contains("<|channel|>") }
    )
}

extension ReasoningFormat {
    /// gpt-oss: reasoning is what the analysis channel holds.
    static let openAI = ReasoningFormat(
        names: ["openai_gptoss"],
        starts: [],
        ends: [],
        usesChannels: true,
        isWritten: { $0.contains("<|channel|>") }
    )
}
