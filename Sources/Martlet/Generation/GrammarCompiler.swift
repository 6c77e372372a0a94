package import MartletGrammars
package import MartletTokenizers
import Synchronization

/// Compiles grammars for a model's tokens beside everything else, and keeps those that were used last.
///
/// A grammar is compiled on a thread of its own, at once where that takes some milliseconds. One that takes longer starts
/// over on a thread that leaves the cores to the model, so that running streams do not wait for it.
package final class GrammarCompiler: Sendable {
    private struct Key: Hashable {
        let source: GrammarSource
        let markers: Set<TokenID>
    }

    private struct Entry {
        let grammar: CompiledGrammar
        var lastUse: Int
    }

    private struct State {
        var vocabularies: [Set<TokenID>: TokenVocabulary] = [:]
        var entries: [Key: Entry] = [:]
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
    /// - Parameters:
    ///   - source: what texts must satisfy.
    ///   - markers: special tokens that stand for their text; few different sets of them, as each has its vocabulary.
    /// - Returns: the grammar; the same one for the same source as long as it is kept.
    /// - Throws: what is wrong with the source or what limit it exceeds, `busy` where too many take long.
    package func grammar(
        _ source: GrammarSource,
        markers: Set<TokenID> = []
    ) async throws(GrammarError) -> CompiledGrammar {
        let key = Key(source: source, markers: markers)
        if let known = known(key) { return known }
        let short = await compile(key, time: Self.shortTime, on: Self.shortExecutor)
        guard case .failure(.tooSlow) = short else { return try short.get() }
        let isTaken = state.withLock { state in
            guard state.longCount < Self.longCountLimit else { return false }
            state.longCount += 1
            return true
        }
        guard isTaken else { throw .busy }
        defer { state.withLock { $0.longCount -= 1 } }
        return try await compile(key, time: Self.longTime, on: Self.longExecutor).get()
    }

    private func compile(
        _ key: Key,
        time: Duration,
        on executor: BackgroundExecutor
    ) async -> Result<CompiledGrammar, GrammarError> {
        let task = Task(executorPreference: executor) {
            Result { () throws(GrammarError) in try self.compile(key, time: time) }
        }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Compiles on the calling thread, unless another has done so meanwhile.
    private func compile(_ key: Key, time: Duration) throws(GrammarError) -> CompiledGrammar {
        if let known = known(key) { return known }
        var limits = GrammarLimits()
        limits.time = time
        let vocabulary = vocabulary(key.markers)
        let grammar = try CompiledGrammar(key.source, vocabulary: vocabulary, limits: limits, memoryLimit: 16 << 20)
        keep(grammar, for: key)
        return grammar
    }

    /// Made at the first use, and again where two threads need it first at the same time.
    private func vocabulary(_ markers: Set<TokenID>) -> TokenVocabulary {
        if let known = state.withLock({ $0.vocabularies[markers] }) { return known }
        let made = TokenVocabulary(tokenizer, endTokens: endTokens, size: vocabularySize, markers: markers)
        state.withLock { $0.vocabularies[markers] = made }
        return made
    }

    private func known(_ key: Key) -> CompiledGrammar? {
        state.withLock { state in
            state.useCount += 1
            state.entries[key]?.lastUse = state.useCount
            return state.entries[key]?.grammar
        }
    }

    private func keep(_ grammar: CompiledGrammar, for key: Key) {
        state.withLock { state in
            state.entries[key] = Entry(grammar: grammar, lastUse: state.useCount)
            var byteCount = state.entries.values.reduce(0) { $0 + $1.grammar.byteCount }
            while state.entries.count > Self.entryLimit || (byteCount > Self.byteLimit && state.entries.count > 1) {
                guard let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
                byteCount -= oldest.value.grammar.byteCount
                state.entries[oldest.key] = nil
            }
        }
    }
}
