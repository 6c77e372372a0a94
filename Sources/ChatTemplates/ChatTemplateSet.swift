/// The templates of one model: one, or several with names.
package struct ChatTemplateSet: Sendable {
    private let templates: [String: ChatTemplate]

    /// One template.
    package init(_ template: ChatTemplate) { templates = ["default": template] }

    /// Named templates, as `default`, `tool_use` and `rag`.
    package init(named templates: [String: ChatTemplate]) { self.templates = templates }

    /// The text of all templates, one behind the other.
    package var source: String { templates.sorted { $0.key < $1.key }.map(\.value.source).joined(separator: "\n") }

    /// The template of that name.
    package func named(_ name: String) -> ChatTemplate? { templates[name] }

    /// The template for a request that names none: `tool_use` when there are tools and such a template, else `default`.
    ///
    /// - Throws: `TemplateError` when there is none.
    package func template(hasTools: Bool) throws(TemplateError) -> ChatTemplate {
        if hasTools, let template = templates["tool_use"] { return template }
        if let template = templates["default"] { return template }
        throw .runtime("the model has several chat templates and none is the default; name one of \(list)")
    }

    private var list: String { templates.keys.sorted().joined(separator: ", ") }
}
