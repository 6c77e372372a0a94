/// Bounds on one rendering, so that no template and no request can hang the server or exhaust its memory.
package struct TemplateLimits: Sendable, Hashable {
    /// How many steps a rendering may take: one per node evaluated, one per element and one per 16 bytes produced.
    package var maximumSteps: Int
    /// How deep expressions, statements and macro calls may nest while rendering.
    package var maximumDepth: Int
    /// The largest prompt, in bytes.
    package var maximumOutputBytes: Int

    /// The largest number of elements of one `range`, list or tuple.
    static let maximumElements = 1_000_000
    /// The largest number of decimal digits of one integer.
    static let maximumIntegerDigits = 4300
    /// The widest padding that a format may ask for.
    static let maximumPadding = 100_000

    /// Bounds; the defaults suit prompts of several million tokens.
    package init(maximumSteps: Int = 10_000_000, maximumDepth: Int = 600, maximumOutputBytes: Int = 64 << 20) {
        self.maximumSteps = maximumSteps
        self.maximumDepth = maximumDepth
        self.maximumOutputBytes = maximumOutputBytes
    }
}
