extension ToolFormat {
    /// Jamba, Hunyuan A13B, Apriel: a JSON array of calls between `<tool_calls>` and `</tool_calls>`.
    static let jamba = ToolFormat(
        names: ["jamba", "hunyuan_a13b"],
        sections: [
            ToolSection(
                begin: .marker("<tool_calls>"),
                opening: [.literal("[")],
                call: [.callObject(CallObjectSyntax())],
                after: [(",", .call), ("]", .outside)],
                holdsManyCalls: true,
                separator: ", ",
                closing: "]</tool_calls>"
            )
        ],
        closers: ["</tool_calls>"],
        isWritten: { $0.contains("<tool_calls>") && !$0.contains("｜DSML｜") }
    )
}
