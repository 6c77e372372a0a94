import MartletChatTemplates
import MartletJSON
import Testing

/// Expects a template that uses no variables to print a text, byte for byte.
func expectText(
    of source: String,
    _ expected: String,
    clock: TemplateClock = .now,
    at location: SourceLocation = #_sourceLocation
) throws {
    let text = try ChatTemplate(source: source).render(JSONObject(), clock: clock).text
    #expect(Array(text.utf8) == Array(expected.utf8), "\(text)", sourceLocation: location)
}

/// Expects a template that uses no variables to fail.
func expectFailure(
    of source: String,
    clock: TemplateClock = .now,
    at location: SourceLocation = #_sourceLocation
) {
    #expect(throws: TemplateError.self, sourceLocation: location) {
        try ChatTemplate(source: source).render(JSONObject(), clock: clock)
    }
}
