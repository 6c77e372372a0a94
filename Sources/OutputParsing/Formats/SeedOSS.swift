extension ToolFormat {
    /// Seed-OSS: `<seed:tool_call><function=name><parameter=key>value</parameter></function></seed:tool_call>`.
    static let seedOSS = ToolFormat(
        names: ["seed_oss"],
        sections: [
            ToolSection(
                begin: .marker("<seed:tool_call>"),
                call: functionElement,
                after: [("<function=", .callWithMarker), ("</seed:tool_call>", .outside)],
                callEnd: "\n</seed:tool_call>"
            )
        ],
        closers: ["</seed:tool_call>"],
        surroundingText: .trimmed,
        isWritten: { $0.contains("<seed:tool_call>") }
    )
}

extension ReasoningFormat {
    /// Seed-OSS: `<seed:think>…</seed:think>`.
    static let seedOSS = ReasoningFormat(
        names: ["seed_oss"],
        starts: ["<seed:think>"],
        ends: ["</seed:think>"],
        implicitEnds: ["<seed:tool_call>"],
        isWritten: { $0.contains("<seed:think>") }
    )
}
