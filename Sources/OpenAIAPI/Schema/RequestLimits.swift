/// How much a request may ask for; each limit that is passed is a 400 that names its field.
package struct RequestLimits: Sendable, Hashable {
    /// Stop strings.
    package var maxStopStrings = 16
    /// Bytes of one stop string.
    package var maxStopLength = 1024
    /// Stop token ids.
    package var maxStopTokenIDs = 1024
    /// Choices of one prompt (`n`).
    package var maxChoices = 16384
    /// Prompts of one completion request.
    package var maxPrompts = 1024
    /// Tokens of one prompt given as ids, and of a text to detokenize.
    package var maxTokenIDs = 1 << 20
    /// Words that must not be generated.
    package var maxBadWords = 128
    /// Bytes of one such word.
    package var maxBadWordLength = 1024
    /// Tokens with a bias.
    package var maxLogitBias = 16384
    /// Tokens in a list of allowed ones.
    package var maxAllowedTokenIDs = 1 << 19
    /// Tokens whose log-probabilities are asked for by name.
    package var maxLogprobTokenIDs = 128
    /// Log-probabilities for each position.
    package var maxLogprobs = 20
    /// Tools of one request.
    package var maxTools = 1024
    /// Texts that a structured output may be one of.
    package var maxOutputChoices = 1 << 16
    /// Messages of one conversation.
    package var maxMessages = 16384
    /// Parts of one message's content.
    package var maxContentParts = 16384
    /// Tool calls of one message.
    package var maxToolCalls = 1024
    /// Documents handed to the chat template.
    package var maxDocuments = 1024
    /// Bytes of a request's own id, and of names, roles and salts.
    package var maxNameLength = 256
    /// Values of the body's JSON, nested ones included.
    package var maxValues = 2_000_000
    /// How deep the body's arrays and objects may nest.
    package var maxNesting = 128

    /// The defaults.
    package init() {}
}

/// What decoding a request needs to know about the server.
package struct RequestContext: Sendable {
    /// The limits.
    package var limits: RequestLimits
    /// The names under which the model is served, the first one being its name in responses; empty for any name.
    package var servedModels: [String]
    /// Whether requests may bring chat templates of their own.
    package var trustsRequestTemplates = false

    /// A context.
    package init(servedModels: [String] = [], limits: RequestLimits = RequestLimits()) {
        self.servedModels = servedModels
        self.limits = limits
    }

    /// Checks the model asked for; none, or an empty name, is the first one served.
    ///
    /// - Throws: 404 with `param` `model`.
    package func checkModel(_ model: String?) throws(APIError) {
        guard let model, !model.utf8.isEmpty, !servedModels.isEmpty else { return }
        if servedModels.contains(where: { $0.utf8.elementsEqual(model.utf8) }) { return }
        throw .modelNotFound(model, served: servedModels)
    }
}
