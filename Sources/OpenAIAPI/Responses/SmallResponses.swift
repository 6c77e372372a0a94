/// The answer of `POST /tokenize`.
package struct TokenizeResponse: Sendable {
    /// The token ids.
    package var tokens: [Int]
    /// The tokens' strings in the vocabulary, when asked for.
    package var tokenStrings: [String]?
    /// The context, in tokens.
    package var maxModelLength: Int

    /// An answer.
    package init(tokens: [Int], tokenStrings: [String]? = nil, maxModelLength: Int) {
        self.tokens = tokens
        self.tokenStrings = tokenStrings
        self.maxModelLength = maxModelLength
    }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRaw("{\"count\":")
        bytes.appendJSON(tokens.count)
        bytes.appendRaw(",\"max_model_len\":")
        bytes.appendJSON(maxModelLength)
        bytes.appendRaw(",\"tokens\":")
        bytes.appendJSON(tokens)
        bytes.appendRaw(",\"token_strs\":")
        if let tokenStrings { bytes.appendArray(tokenStrings) { $1.appendJSON($0) } } else { bytes.appendRaw("null") }
        bytes.appendRaw("}")
        return bytes
    }
}

/// The answer of `POST /detokenize`.
package struct DetokenizeResponse: Sendable {
    /// The text.
    package var prompt: String

    /// An answer.
    package init(prompt: String) { self.prompt = prompt }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRaw("{\"prompt\":")
        bytes.appendJSON(prompt)
        bytes.appendRaw("}")
        return bytes
    }
}

/// The answer of `GET /version`.
package struct VersionResponse: Sendable {
    /// The server's version.
    package var version: String

    /// An answer.
    package init(version: String) { self.version = version }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRaw("{\"version\":")
        bytes.appendJSON(version)
        bytes.appendRaw("}")
        return bytes
    }
}
