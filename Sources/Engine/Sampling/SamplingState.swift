import MartletGrammars
import MartletTokenizers

/// How the tokens of one choice are chosen, prepared once, and the counts that penalties need, kept up token by token.
package struct SamplingState {
    let parameters: SamplingParameters
    /// Keys the draws together with the token's place in the completion.
    let seed: UInt64
    /// `nil` is greedy; temperatures below 0.01 are raised to it.
    let temperature: Float?
    /// End-of-sequence tokens that end this completion; empty where they are ordinary.
    let eosTokenIDs: [Int32]
    /// Further tokens that end it.
    let stopTokenIDs: [Int32]
    /// Ascending, each once.
    let allowedTokenIDs: [Int32]?
    /// Ascending by token.
    let logitBias: [(tokenID: Int32, bias: Float)]
    let badWords: [[Int32]]
    /// Empty where no penalty is asked for.
    private(set) var penalties: PenaltyCounts
    /// What the completion must satisfy.
    private(set) var constraint: ConstraintState?
    /// How far its thinking has come, where that is limited.
    private(set) var thinking: ThinkingState?
    /// The tokens allowed next, where they are constrained and known.
    var mask: TokenMask?

    /// The state at the start of a completion.
    ///
    /// - Parameters:
    ///   - request: what was asked for.
    ///   - promptTokenIDs: its prompt.
    ///   - seed: of this choice.
    ///   - vocabularySize: tokens from there on are ignored where a model's configuration names them.
    package init(_ request: GenerationRequest, promptTokenIDs: [Int32], seed: UInt64, vocabularySize: Int) {
        let parameters = request.parameters
        self.parameters = parameters
        self.seed = seed
        let isKnown: (Int32) -> Bool = { $0 >= 0 && $0 < vocabularySize }
        temperature = parameters.temperature < 1e-5 ? nil : max(parameters.temperature, 0.01)
        eosTokenIDs = parameters.ignoreEOS ? [] : request.eosTokenIDs.map(\.rawValue).filter(isKnown)
        stopTokenIDs = parameters.stopTokenIDs.map(\.rawValue)
        allowedTokenIDs = parameters.allowedTokenIDs.map { Array(Set($0.map(\.rawValue))).sorted() }
        logitBias = parameters.logitBias.map { ($0.key.rawValue, $0.value) }.sorted { $0.tokenID < $1.tokenID }
        badWords = parameters.badWords.map { $0.map(\.rawValue) }.filter { !$0.isEmpty }
        penalties = PenaltyCounts(parameters, promptTokenIDs: promptTokenIDs)
        constraint = request.constraint.map { ConstraintState($0) }
        thinking = request.thinkingBudget.map { ThinkingState($0) }
    }

    /// Counts a generated token.
    package mutating func record(_ token: Int32) {
        penalties.record(token)
        mask = nil
        constraint?.record(token)
        thinking?.record(token)
    }

    /// What is to be computed for the next token's mask; `nil` where it is not constrained.
    var maskTask: MaskWorker.Task? {
        guard let constraint, constraint.isActive else { return nil }
        return MaskWorker.Task(matcher: constraint.matcher, defersEnd: parameters.ignoreEOS)
    }

    /// The next token, where grammar or budget leave one only and that is known without a search.
    ///
    /// It is the next one whatever the logits are, so they need not be computed; where something else depends on them or
    /// may forbid the token, there is none.
    func forcedToken(outputTokenCount: Int) -> Int32? {
        guard parameters.logprobs == nil, allowedTokenIDs == nil, badWords.isEmpty else { return nil }
        if let token = thinking?.forcedToken { return constraint?.isActive == true ? nil : token }
        guard let constraint, constraint.isActive, outputTokenCount >= parameters.minTokens else { return nil }
        return constraint.matcher.forcedToken?.rawValue
    }
}

/// Which tokens occur in prompt and completion, and how often in the completion; each token once.
struct PenaltyCounts {
    /// Distinct tokens in order of their first occurrence; those of the prompt only where it counts.
    private(set) var tokenIDs: [Int32] = []
    /// How often each of them occurs in the completion.
    private(set) var outputCounts: [Int32] = []
    private var places: [Int32: Int] = [:]
    private let isActive: Bool

    init(_ parameters: SamplingParameters, promptTokenIDs: [Int32]) {
        let repeats = parameters.repetitionPenalty != 1
        isActive = repeats || parameters.frequencyPenalty != 0 || parameters.presencePenalty != 0
        guard repeats else { return }
        for token in promptTokenIDs { _ = place(of: token) }
    }

    mutating func record(_ token: Int32) {
        guard isActive else { return }
        let place = place(of: token)
        outputCounts[place] += 1
    }

    private mutating func place(of token: Int32) -> Int {
        if let place = places[token] { return place }
        places[token] = tokenIDs.count
        tokenIDs.append(token)
        outputCounts.append(0)
        return tokenIDs.count - 1
    }
}
