/// How a prompt that is too long is cut.
package struct PromptTruncation: Sendable, Hashable {
    /// The most tokens that stay; -1 for as many as the context has room for.
    package var tokenCount: Int
    /// Whether the first tokens stay; else the last ones.
    package var keepsFirst: Bool

    /// The tokens that stay of a prompt.
    ///
    /// - Parameters:
    ///   - tokens: the prompt.
    ///   - maxModelLength: the context; one token of it is left for the answer.
    /// - Returns: at most as many tokens as asked for.
    package func cut<Token>(_ tokens: [Token], maxModelLength: Int) -> [Token] {
        let count = tokenCount == -1 ? maxModelLength - 1 : tokenCount
        guard tokens.count > count else { return tokens }
        return Array(keepsFirst ? tokens.prefix(count) : tokens.suffix(count))
    }

    /// Checks the number.
    ///
    /// - Throws: 400 where it is more than the context, or leaves no token.
    package func check(maxModelLength: Int) throws(APIError) {
        guard tokenCount <= maxModelLength else {
            throw .badRequest(
                "truncate_prompt_tokens (\(tokenCount)) is greater than max_model_len (\(maxModelLength)). Please request a "
                    + "smaller truncation size.",
                param: "truncate_prompt_tokens",
                value: "\(tokenCount)"
            )
        }
        if tokenCount == 0 {
            throw .badRequest("The decoder prompt cannot be empty: `truncate_prompt_tokens` leaves no token.")
        }
    }
}

extension Coercion<Int> {
    /// An integer of at least -1.
    static let atLeastMinusOne = Coercion { value, location, reader in
        guard let number = integer.read(value, location, &reader) else { return nil }
        guard number < -1 else { return number }
        reader.report(
            SchemaProblem(
                kind: "greater_than_equal",
                location: location,
                message: "Input should be greater than or equal to -1",
                input: PythonText.shown(value),
                context: "{'ge': -1}"
            )
        )
        return nil
    }

    /// An integer of at least 1.
    static let positive = Coercion { value, location, reader in
        guard let number = integer.read(value, location, &reader) else { return nil }
        guard number < 1 else { return number }
        reader.report(
            SchemaProblem(
                kind: "greater_than_equal",
                location: location,
                message: "Input should be greater than or equal to 1",
                input: PythonText.shown(value),
                context: "{'ge': 1}"
            )
        )
        return nil
    }
}
