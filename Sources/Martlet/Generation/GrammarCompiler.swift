package import MartletGrammars
package import MartletTokenizers
import Synchronization

/// Compiles grammars for a model's tokens beside everything else, and keeps those that were used last.
///
/// A grammar is compiled on a thread of its own, at once where that takes some milliseconds. One that takes longer starts
/// over on a thread that leaves the cores to the model, so that running streams do not wait for it.
package final class GrammarCompiler: Sendable {
    private struct Entry {
        let grammar: CompiledGrammar
        var lastUse: Int
    }

    private struct State {
        var vocabulary: TokenVocabulary?
        var entries: [GrammarSource: Entry] = [:]
        var useCount = 0
        /// Compilations that take long, waiting ones included.
        var longCount = 0
    }

    private static let shortTime = Duration.milliseconds(50)
    private static let longTime = Duration.seconds(10)
    private static let longCountLimit = 8
    private static let entryLimit = 128
    private static let byteLimit = 256 << 20
    private static let shortExecutor = BackgroundExecutor(yieldsToOthers: false)
    private static let longExecutor = BackgroundExecutor(yieldsToOthers: true)

    private let tokenizer: Tokenizer
    private let endTokens: [TokenID]
    private let vocabularySize: Int
    private let state = Mutex(State())

    /// A compiler for a model.
    ///
    /// - Parameters:
    ///   - tokenizer: the model's tokenizer.
    ///   - endTokens: the tokens that end a text.
    ///   - vocabularySize: the number of the model's logits.
    package init(tokenizer: Tokenizer, endTokens: [TokenID], vocabularySize: Int) {
        self.tokenizer = tokenizer
        self.endTokens = endTokens
        self.vocabularySize = vocabularySize
    }

    /// The compiled grammar of a source; at once where it is known.
    ///
    /// - Throws: what is wrong with the source or what limit it exceeds, `busy` where too many take long.
    package func grammar(_ source: GrammarSource) async throws(GrammarError) -> CompiledGrammar {
        if let known = known(source) { return known }
        let short = await compile(source, time: Self.shortTime, on: Self.shortExecutor)
        guard case .failure(.tooSlow) = short else { return try short.get() }
        let isTaken = state.withLock { state in
            guard state.longCount < Self.longCountLimit else { return false }
            state.longCount += 1
            return true
        }
        guard isTaken else { throw .busy }
        defer { state.withLock { $0.longCount -= 1 } }
        return try await compile(source, time: Self.longTime, on: Self.longExecutor).get()
    }

    private func compile(
        _ source: GrammarSource,
        time: Duration,
        on executor: BackgroundExecutor
    ) async -> Result<CompiledGrammar, GrammarError> {
        let task = Task(executorPreference: executor) {
            Result { () throws(GrammarError) in try self.compile(source, time: time) }
        }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Compiles on the calling thread, unless another has done so meanwhile.
    private func compile(_ source: GrammarSource, time: Duration) throws(GrammarError) -> CompiledGrammar {
        if let known = known(source) { return known }
        var limits = GrammarLimits()
        limits.time = time
        let grammar = try CompiledGrammar(source, vocabulary: vocabulary(), limits: limits, memoryLimit: 16 << 20)
        keep(grammar, for: source)
        return grammar
    }

    /// Made at the first use, and again where two threads need it first at the same time.
    private func vocabulary() -> TokenVocabulary {
        if let known = state.withLock({ $0.vocabulary }) { return known }
        let made = TokenVocabulary(tokenizer, endTokens: endTokens, size: vocabularySize)
        state.withLock { $0.vocabulary = made }
        return made
    }

    private func known(_ source: GrammarSource) -> CompiledGrammar? {
        state.withLock { state in
            state.useCount += 1
            state.entries[source]?.lastUse = state.useCount
            return state.entries[source]?.grammar
        }
    }

    private func keep(_ grammar: CompiledGrammar, for source: GrammarSource) {
        state.withLock { state in
            state.entries[source] = Entry(grammar: grammar, lastUse: state.useCount)
            var byteCount = state.entries.values.reduce(0) { $0 + $1.grammar.byteCount }
            while state.entries.count > Self.entryLimit || (byteCount > Self.byteLimit && state.entries.count > 1) {
                guard let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
                byteCount -= oldest.value.grammar.byteCount
                state.entries[oldest.key] = nil
            }
        }
    }
}
