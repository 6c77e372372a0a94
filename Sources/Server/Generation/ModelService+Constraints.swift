import Martlet
package import MartletEngine
import MartletGrammars
package import MartletOpenAIAPI

extension ModelService {
    /// What the engine holds a completion to; `nil` where the request demands nothing.
    ///
    /// - Throws: 400 that says what of the demand is wrong, and where; 503 where too many are being compiled.
    package func constraint(_ output: StructuredOutput?) async throws(APIError) -> OutputConstraint? {
        guard let output else { return nil }
        do throws(GrammarError) {
            return OutputConstraint(grammar: try await model.grammars.grammar(GrammarSource(output)))
        } catch {
            if error == .busy { throw .unavailable("\(error)") }
            throw .badRequest("Invalid `\(output.field)`: \(error)")
        }
    }
}

extension GrammarSource {
    fileprivate init(_ output: StructuredOutput) {
        var options = JSONGrammarOptions()
        if let pattern = output.whitespacePattern { options.whitespace = .pattern(pattern) }
        if output.disablesWhitespace { options.whitespace = .none }
        options.disablesAdditionalProperties = output.disablesAdditionalProperties
        switch output.kind {
        case .jsonSchema(let schema): self = .jsonSchema(schema, options)
        case .jsonObject: self = .jsonObject(options)
        case .regex(let pattern): self = .regex(pattern)
        case .choice(let texts): self = .choices(texts)
        case .grammar(let text): self = .ebnf(text)
        case .structuralTag(let tag): self = .structuralTag(tag, options)
        }
    }
}
