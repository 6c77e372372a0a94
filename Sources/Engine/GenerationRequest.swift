package import MartletTokenizers

/// What the engine is asked to generate: token ids in, token ids out.
package struct GenerationRequest: Sendable {
    /// Names the request in logs and to `abort`; unique among those under way.
    package var id: RequestID
    /// At least one token.
    package var promptTokenIDs: [TokenID]
    /// How tokens are chosen.
    package var parameters: SamplingParameters
    /// The number of completions of the same prompt; they share its cache blocks.
    package var choiceCount: Int
    /// The model's end-of-sequence tokens for this request.
    package var eosTokenIDs: [TokenID]
    /// What the completions must satisfy; `nil` for anything.
    package var constraint: OutputConstraint?
    /// How long the completions may think; `nil` for as long as they want.
    package var thinkingBudget: ThinkingBudget?
    /// Separates prefix-cache entries: requests with different salts never share blocks.
    package var cacheSalt: String?
    /// Lower values are scheduled first under the priority policy.
    package var priority: Int

    /// A request.
    package init(
        id: RequestID,
        promptTokenIDs: [TokenID],
        parameters: SamplingParameters,
        choiceCount: Int = 1,
        eosTokenIDs: [TokenID] = [],
        constraint: OutputConstraint? = nil,
        thinkingBudget: ThinkingBudget? = nil,
        cacheSalt: String? = nil,
        priority: Int = 0
    ) {
        self.id = id
        self.promptTokenIDs = promptTokenIDs
        self.parameters = parameters
        self.choiceCount = choiceCount
        self.eosTokenIDs = eosTokenIDs
        self.constraint = constraint
        self.thinkingBudget = thinkingBudget
        self.cacheSalt = cacheSalt
        self.priority = priority
    }
}

/// Names a request.
package struct RequestID: Sendable, Hashable, CustomStringConvertible {
    /// The client's or the server's text.
    package let text: String

    /// A name.
    package init(_ text: String) { self.text = text }

    /// The name.
    package var description: String { text }
}

/// Why a completion ended.
package enum FinishReason: String, Sendable, Hashable, CaseIterable {
    /// An end token, a stop token, or a stop string found above the engine.
    case stop
    /// The most tokens asked for, or the end of the context.
    case length
    /// A pattern that stood behind itself too often.
    case repetition
    /// The client went away or the server is stopping.
    case abort
    /// The step failed.
    case error
}

/// One generated token.
package struct GeneratedToken: Sendable, Hashable {
    /// The chosen token.
    package var id: TokenID
    /// Its raw log-probability and rank and the likeliest tokens, when asked for.
    package var logprobs: TokenLogprobs?

    /// A token.
    package init(id: TokenID, logprobs: TokenLogprobs? = nil) {
        self.id = id
        self.logprobs = logprobs
    }
}

/// Raw log-probabilities (log-softmax of the model's logits) at one position.
package struct TokenLogprobs: Sendable, Hashable {
    /// Of the chosen token.
    package var logprob: Float
    /// The chosen token's place among all, from 1.
    package var rank: Int
    /// The likeliest tokens, greatest first.
    package var top: [TokenLogprob]

    /// Log-probabilities.
    package init(logprob: Float, rank: Int, top: [TokenLogprob]) {
        self.logprob = logprob
        self.rank = rank
        self.top = top
    }
}

/// A token and its log-probability.
package struct TokenLogprob: Sendable, Hashable {
    /// The token.
    package var id: TokenID
    /// Its raw log-probability.
    package var logprob: Float

    /// A pair.
    package init(id: TokenID, logprob: Float) {
        self.id = id
        self.logprob = logprob
    }
}

/// What one step of the engine did for one choice of a request.
package struct ChoiceOutput: Sendable, Hashable {
    /// The choice, from 0.
    package var choice: Int
    /// The tokens of this step in order; an end or stop token is among them.
    package var tokens: [GeneratedToken]
    /// Set with the last output of the choice.
    package var finishReason: FinishReason?
    /// The stop token that ended it, when that is not an end-of-sequence token.
    package var stopTokenID: TokenID?

    /// An output.
    package init(
        choice: Int,
        tokens: [GeneratedToken],
        finishReason: FinishReason? = nil,
        stopTokenID: TokenID? = nil
    ) {
        self.choice = choice
        self.tokens = tokens
        self.finishReason = finishReason
        self.stopTokenID = stopTokenID
    }
}

/// What one step of the engine did for a request: one event per request and step.
package struct GenerationEvent: Sendable {
    /// The choices that got tokens or ended in this step.
    package var outputs: [ChoiceOutput]
    /// How many prompt tokens came from the prefix cache.
    package var cachedTokenCount: Int
    /// Log-probabilities of the prompt's tokens but the first, with the first event of a request that asks for them.
    package var promptLogprobs: [TokenLogprobs]
    /// When the step had ended; the same for all requests of a step.
    package var time: ContinuousClock.Instant
    /// From the request's coming to that time.
    package var age: Duration
    /// From the request's coming to its first place in a batch.
    package var queueTime: Duration

    /// An event.
    package init(
        outputs: [ChoiceOutput],
        cachedTokenCount: Int,
        promptLogprobs: [TokenLogprobs] = [],
        time: ContinuousClock.Instant,
        age: Duration,
        queueTime: Duration
    ) {
        self.outputs = outputs
        self.cachedTokenCount = cachedTokenCount
        self.promptLogprobs = promptLogprobs
        self.time = time
        self.age = age
        self.queueTime = queueTime
    }
}
