/// How JSON is written, and what a schema that says nothing about them means for further members.
package struct JSONGrammarOptions: Sendable, Hashable {
    /// What may stand between the parts of arrays and objects.
    package enum Whitespace: Sendable, Hashable {
        /// White space, up to a bound.
        case flexible
        /// Nothing.
        case none
        /// Texts that match a regular expression as a whole.
        case pattern(String)
    }

    /// What may stand between the parts of arrays and objects.
    package var whitespace: Whitespace
    /// Whether a schema with `properties` and without `additionalProperties` allows no other members.
    package var disablesAdditionalProperties: Bool

    /// The options; without arguments, what JSON Schema says and any white space.
    package init(whitespace: Whitespace = .flexible, disablesAdditionalProperties: Bool = false) {
        self.whitespace = whitespace
        self.disablesAdditionalProperties = disablesAdditionalProperties
    }
}
