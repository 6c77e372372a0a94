/// Bounds on what one grammar may cost, so that a hostile one gets an error instead of the server's time or memory.
package struct GrammarLimits: Sendable {
    /// States of one automaton over characters.
    package var textStates = 150_000
    /// States times character classes of one automaton over characters.
    package var textTransitions = 6_000_000
    /// States of all rules together.
    package var ruleStates = 200_000
    /// How deep expressions of a pattern or grammar, or schemas applied to one value, may nest.
    package var nesting = 128
    /// How many alternatives one kind of value may have after a schema's combinators are resolved.
    package var alternatives = 256
    /// How many values one `enum` may list.
    package var enumValues = 1 << 16
    /// How many schemas the combinators of one document may produce.
    package var schemas = 20_000
    /// The source's length in bytes.
    package var sourceBytes = 1 << 20
    /// How long a compilation may take.
    package var time = Duration.seconds(5)

    /// The limits that servers use.
    package init() {}
}
