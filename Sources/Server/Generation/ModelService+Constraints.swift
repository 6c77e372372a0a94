import Martlet
package import MartletEngine
import MartletGrammars
package import MartletOpenAIAPI
import MartletTokenizers

extension ModelService {
    /// What the engine holds a completion to; `nil` where the request demands nothing.
    ///
    /// - Throws: 400 that says what of the demand is wrong, and where; 503 where too many are being compiled.
    package func constraint(_ output: StructuredOutput?) async throws(APIError) -> OutputConstraint? {
        guard let output else { return nil }
        return OutputConstraint(grammar: try await grammar(output, markers: []))
    }

    /// What the engine holds the answers of a chat to.
    ///
    /// - Throws: as `constraint(_:)` does.
    func constraint(_ plan: ChatOutputPlan) async throws(APIError) -> OutputConstraint? {
        guard let output = plan.constraint else { return nil }
        let markers = output.isStructuralTag ? specialTokens(plan.markers) : []
        let opening = plan.constraintOpening.map { model.tokenizer.encode($0, addSpecialTokens: false) }
        return OutputConstraint(grammar: try await grammar(output, markers: markers), opening: opening ?? [])
    }

    /// How long the answers of a chat may think.
    func thinkingBudget(_ plan: ChatOutputPlan) -> ThinkingBudget? {
        guard let limit = plan.thinkingLimit else { return nil }
        return ThinkingBudget(
            tokenCount: limit.tokenCount,
            opening: model.tokenizer.encode(limit.opening, addSpecialTokens: false),
            closing: model.tokenizer.encode(limit.closing, addSpecialTokens: false),
            isOpen: limit.isOpen
        )
    }

    /// The special tokens of some texts.
    func specialTokens(_ texts: [String]) -> Set<TokenID> {
        Set(texts.compactMap { model.tokenizer.id(for: $0) }.filter { model.tokenizer.isSpecial($0) })
    }

    private func grammar(
        _ output: StructuredOutput,
        markers: Set<TokenID>
    ) async throws(APIError) -> CompiledGrammar {
        do throws(GrammarError) {
            return try await model.grammars.grammar(GrammarSource(output), markers: markers)
        } catch {
            if error == .busy { throw .unavailable("\(error)") }
            throw .badRequest("Invalid `\(output.field)`: \(error)")
        }
    }
}

extension StructuredOutput {
    fileprivate var isStructuralTag: Bool { if case .structuralTag = kind { true } else { false } }
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
