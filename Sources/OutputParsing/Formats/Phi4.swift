extension ToolFormat {
    /// Phi-4-mini: `functools[{"name": …, "arguments": {…}}, …]`.
    static let phi4Mini = ToolFormat(
        names: ["phi4_mini_json"],
        sections: [
            ToolSection(
                begin: .marker("functools"),
                opening: [.literal("[")],
                call: [.callObject(CallObjectSyntax())],
                after: [(",", .call), ("]", .outside)],
                holdsManyCalls: true,
                separator: ", ",
                closing: "]"
            )
        ],
        isWritten: { $0.contains("functools") || $0.contains("<|tool|>") }
    )
}
