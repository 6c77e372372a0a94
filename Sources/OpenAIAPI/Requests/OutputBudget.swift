/// How many tokens a request may generate, before the prompt's length is known.
package struct OutputBudget: Sendable, Hashable {
    /// What the request asks for; `nil` for the default.
    package var requested: Int?
    /// The field that asks for it, for messages.
    package var field: String
    /// Whether 0 may be asked for, as a completion with `echo` may: one token is generated and not shown.
    package var allowsZero: Bool

    /// A budget.
    package init(requested: Int?, field: String = "max_tokens", allowsZero: Bool = false) {
        self.requested = requested
        self.field = field
        self.allowsZero = allowsZero
    }

    /// The tokens that may be generated after that prompt.
    ///
    /// More than the context leaves is cut silently, more than the whole context is refused.
    ///
    /// - Parameters:
    ///   - promptTokenCount: the prompt's tokens, none more than the context has.
    ///   - maxModelLength: the context, in tokens.
    ///   - defaultCount: what silence means; `nil` for all that the context leaves.
    ///   - cap: the most that the server grants.
    /// - Returns: at least 1.
    /// - Throws: 400 that names the field.
    package func tokens(
        promptTokenCount: Int,
        maxModelLength: Int,
        defaultCount: Int? = nil,
        cap: Int? = nil
    ) throws(APIError) -> Int {
        if promptTokenCount > maxModelLength {
            throw .promptTooLong(
                tokenCount: promptTokenCount,
                isLowerBound: false,
                maxModelLength: maxModelLength
            )
        }
        if let requested, requested > maxModelLength {
            throw .badRequest(
                "\(field)=\(requested) cannot be greater than max_model_len=\(maxModelLength). "
                    + "Please request fewer output tokens.",
                param: field,
                value: "\(requested)"
            )
        }
        let left = maxModelLength - promptTokenCount
        var count = min(requested ?? defaultCount ?? left, left)
        if let cap { count = min(count, cap) }
        if requested == 0, allowsZero, left > 0 { count = 1 }
        if count < 1 {
            throw .badRequest("max_tokens must be at least 1, got \(count).", param: "max_tokens", value: "\(count)")
        }
        return count
    }
}
