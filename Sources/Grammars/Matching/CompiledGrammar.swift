import Synchronization

/// A grammar ready to constrain texts in the tokens of one vocabulary.
///
/// It may be shared: matchers of one grammar share the states and masks that any of them has reached.
package final class CompiledGrammar: Sendable {
    /// The states of the grammar that are known so far; used under a lock.
    final class SharedMachine: Sendable {
        private let machine: Mutex<GrammarMachine>

        init(grammar: RuleGrammar, vocabulary: TokenVocabulary) {
            machine = Mutex(GrammarMachine(grammar: grammar, vocabulary: vocabulary))
        }

        /// Runs the operation with no other thread using the machine.
        func use<Result: Sendable>(_ operation: (GrammarMachine) -> Result) -> Result {
            machine.withLock { operation($0) }
        }
    }

    /// How many bytes of states and masks are kept before a fresh machine takes over.
    let memoryLimit: Int

    /// What was compiled.
    let grammar: RuleGrammar
    /// The vocabulary of the masks.
    package let vocabulary: TokenVocabulary
    private let shared: Mutex<SharedMachine>

    init(grammar: RuleGrammar, vocabulary: TokenVocabulary, memoryLimit: Int) {
        self.grammar = grammar
        self.memoryLimit = memoryLimit
        self.vocabulary = vocabulary
        shared = Mutex(SharedMachine(grammar: grammar, vocabulary: vocabulary))
    }

    /// How many bytes its states and masks take, about.
    package var byteCount: Int { machine.use { $0.byteCount } }

    /// The machine that new matchers use.
    var machine: SharedMachine { shared.withLock { $0 } }

    /// A machine with few states in place of one that has grown too large.
    func machine(replacing old: SharedMachine) -> SharedMachine {
        shared.withLock { current in
            if current === old { current = SharedMachine(grammar: grammar, vocabulary: vocabulary) }
            return current
        }
    }
}
