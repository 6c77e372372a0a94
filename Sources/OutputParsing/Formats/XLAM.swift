extension ToolFormat {
    /// xLAM: a JSON array of calls as the whole text, or behind one of several markers.
    static let xlam = ToolFormat(
        names: ["xlam"],
        sections: [
            array(begin: .atStart("[")), array(begin: .marker("```")), array(begin: .marker("```json")),
            array(begin: .marker("[TOOL_CALLS]")), array(begin: .marker("<tool_call>")),
            array(begin: .marker("</think>")),
        ],
        closers: ["```", "</tool_call>"],
        callIDs: .indexed
    )

    private static func array(begin: ToolSection.Begin) -> ToolSection {
        ToolSection(
            begin: begin,
            opening: [.literal("[")],
            call: [.callObject(CallObjectSyntax())],
            after: [(",", .call), ("]", .outside)],
            holdsManyCalls: true,
            separator: ", ",
            closing: "]"
        )
    }
}
