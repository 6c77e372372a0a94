/// Why a schema, pattern or grammar cannot be compiled, and where in it.
package enum GrammarError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The source breaks its own language's rules.
    case invalid(String, at: String)
    /// The source is well formed but asks for something that cannot be enforced.
    case unsupported(String, at: String)
    /// The source would need more states, depth or alternatives than allowed.
    case tooLarge(String, limit: Int, at: String)
    /// Nothing satisfies the source.
    case unsatisfiable(at: String)
    /// The compilation took longer than allowed.
    case tooSlow
    /// The task that compiled was cancelled.
    case cancelled
    /// Too many grammars that take long are being compiled.
    case busy

    /// One sentence that says what was wrong and where.
    package var description: String {
        switch self {
        case .invalid(let what, let place): "\(what) (at \(place))"
        case .unsupported(let what, let place): "\(what) is not supported (at \(place))"
        case .tooLarge(let what, let limit, let place):
            "\(what) exceeds the limit of \(limit) (at \(place)); simplify the grammar"
        case .unsatisfiable(let place): "nothing satisfies the grammar (at \(place))"
        case .tooSlow: "the compilation takes too long; simplify the grammar"
        case .cancelled: "the compilation was cancelled"
        case .busy: "too many grammars that take long are being compiled; try again later"
        }
    }

    /// When the compilation of the current task is to give up.
    @TaskLocal static var deadline: ContinuousClock.Instant?

    /// Throws when the task that compiles was cancelled or takes too long.
    static func checkCancellation() throws(GrammarError) {
        if Task.isCancelled { throw .cancelled }
        if let deadline, deadline < .now { throw .tooSlow }
    }
}
