extension ToolFormat {
    /// Llama 3 and 4 with JSON: `{"name": …, "parameters": {…}}`, several separated by `; `, maybe behind `<|python_tag|>`.
    static let llamaJSON = ToolFormat(
        names: ["llama3_json", "llama4_json"],
        sections: [
            ToolSection(
                begin: .anywhere("{"),
                call: [.callObject(CallObjectSyntax(argumentKeys: ["parameters", "arguments"]))],
                separator: "; "
            ),
            ToolSection(
                begin: .marker("<|python_tag|>"),
                call: [.callObject(CallObjectSyntax(argumentKeys: ["parameters", "arguments"]))]
            ),
        ],
        isWritten: { $0.contains("\"parameters\": dictionary of argument name") }
    )
}
