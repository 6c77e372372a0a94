extension ToolFormat {
    /// LFM 2: a Python list of calls between `<|tool_call_start|>` and `<|tool_call_end|>`.
    static let lfm2 = ToolFormat(
        names: ["lfm2"],
        sections: [pythonList(begin: .marker("<|tool_call_start|>"))],
        closers: ["<|tool_call_end|>"],
        isWritten: { $0.contains("<|tool_call_start|>") }
    )
}
