package import MartletGrammars
package import MartletTokenizers

/// What the tokens of a completion must satisfy.
package struct OutputConstraint: Sendable {
    /// The texts allowed; its vocabulary is the model's.
    package var grammar: CompiledGrammar
    /// Tokens after which the grammar begins, for models that think first; empty where it begins at once.
    package var opening: [TokenID]

    /// A constraint.
    package init(grammar: CompiledGrammar, opening: [TokenID] = []) {
        self.grammar = grammar
        self.opening = opening
    }
}
