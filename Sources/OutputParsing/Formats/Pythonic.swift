extension ToolFormat {
    /// Llama 3.2 and others with Python: `[f(a="x", b=2), g()]` as the whole text.
    static let pythonic = ToolFormat(
        names: ["pythonic"],
        sections: [pythonList(begin: .atStart("["))],
        isWritten: { $0.contains("[func_name1(params_name1") && !$0.contains("<|python_start|>") }
    )

    /// Llama 4 with Python: a list of calls as the whole text, or between `<|python_start|>` and `<|python_end|>`.
    static let llama4Pythonic = ToolFormat(
        names: ["llama4_pythonic"],
        sections: [
            pythonList(begin: .atStart("[")),
            pythonList(begin: .marker("<|python_start|>")),
        ],
        closers: ["<|python_end|>"],
        isWritten: { $0.contains("<|python_start|>") }
    )

    /// A Python list of calls with literal keyword arguments.
    static func pythonList(begin: ToolSection.Begin) -> ToolSection {
        ToolSection(
            begin: begin,
            opening: [.literal("[")],
            call: [.name(ToolNameSyntax(ends: [("(", true)])), .pythonArguments],
            after: [(",", .call), ("]", .outside)]
        )
    }
}
