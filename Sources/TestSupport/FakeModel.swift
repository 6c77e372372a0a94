package import MartletModels
package import MartletTensors
import Synchronization

/// A model whose logits are a function of the whole history as it reads it back from the cache.
///
/// It keeps token ids as keys and positions as values, and hashes what the block table leads to: a wrong slot, a wrong
/// table, a block that was given away or never written changes the logits. Works with `HostBackend` only.
package final class FakeModel: LanguageModel {
    /// The number of tokens.
    package let vocabularySize: Int
    /// The longest sequence.
    package let maxPositions: Int
    /// One layer of one number.
    package let kvCacheSpec = KVCacheSpec(layerCount: 1, kvHeadCount: 1, headDimension: 1)
    /// What one call may hold.
    package let limits: ForwardLimits
    private let state = Mutex(State())

    private struct State {
        var stepCount = 0
        var failingStep: Int?
        var tokenCounts: [Int] = []
        var gate: (@Sendable (Int) -> Void)?
    }

    /// A model of a vocabulary; generous limits unless given.
    package init(
        vocabularySize: Int = 64,
        limits: ForwardLimits = ForwardLimits(maxBatchedTokens: 4096, maxLogitsRows: 256, maxModelLength: 4096)
    ) {
        self.vocabularySize = vocabularySize
        self.limits = limits
        maxPositions = limits.maxModelLength
    }

    /// How many tokens each step held so far.
    package var tokenCounts: [Int] { state.withLock { $0.tokenCounts } }

    /// Lets a step fail; steps count from 0.
    package func fail(atStep step: Int) { state.withLock { $0.failingStep = step } }

    /// Is called at the start of each step with its number, on the caller's thread; may block.
    package func onStep(_ gate: @escaping @Sendable (Int) -> Void) { state.withLock { $0.gate = gate } }

    /// Writes the batch's tokens to their slots and hashes each wanted row's history.
    package func forward(_ batch: ForwardBatch, cache: KVCache, logits: Tensor) throws(BackendError) {
        let (step, gate, isFailing) = state.withLock { state in
            defer { state.stepCount += 1 }
            state.tokenCounts.append(batch.tokenCount)
            return (state.stepCount, state.gate, state.failingStep == state.stepCount)
        }
        gate?(step)
        if isFailing { throw .deviceFailure("step \(step) was to fail") }
        checkShape(batch, logits)
        write(batch, to: cache)
        let wanted = Self.integers(batch.logitsIndices)
        let starts = Self.integers(batch.attention.queryStarts)
        for (row, token) in wanted.enumerated() {
            let sequence = (starts.firstIndex { $0 > token } ?? starts.count) - 1
            let history = history(of: sequence, upTo: Int(token) - Int(starts[sequence]), batch, cache)
            let target = unsafe logits.hostPointer(as: Float.self) + row * logits.rowStride
            for (index, logit) in Self.logits(history: history, vocabularySize: vocabularySize).enumerated() {
                unsafe target[index] = logit
            }
        }
    }

    /// The logits after a history: normally distributed, with a standard deviation of 2.
    package static func logits(history: [Int32], vocabularySize: Int) -> [Float] {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for token in history { hash = (hash ^ UInt64(UInt32(bitPattern: token))) &* 0x100_0000_01b3 }
        var generator = SeededGenerator(seed: hash)
        // the sum of four uniform numbers on (−1, 1) has a variance of 4/3
        return (0..<vocabularySize).map { _ in
            (generator.symmetric() + generator.symmetric() + generator.symmetric() + generator.symmetric()) * 1.732
        }
    }
}

extension FakeModel {
    private func checkShape(_ batch: ForwardBatch, _ logits: Tensor) {
        precondition(batch.tokenCount > 0 && batch.tokenCount <= limits.maxBatchedTokens, "\(batch.tokenCount) tokens")
        precondition(batch.logitsCount <= limits.maxLogitsRows, "\(batch.logitsCount) rows of logits")
        precondition(logits.shape == Shape(batch.logitsCount, vocabularySize), "logits \(logits.shape)")
        precondition(batch.tokenIDs.shape[0] == batch.tokenCount, "token ids \(batch.tokenIDs.shape)")
    }

    private func write(_ batch: ForwardBatch, to cache: KVCache) {
        let tokens = Self.integers(batch.tokenIDs)
        let positions = Self.integers(batch.attention.positions)
        let slots = Self.integers(batch.attention.slotMapping)
        let keys = unsafe cache.keys[0].hostPointer(as: Float.self)
        let values = unsafe cache.values[0].hostPointer(as: Float.self)
        for (row, slot) in slots.enumerated() {
            precondition(slot >= 0 && Int(slot) < cache.blockCount * cache.blockSize, "slot \(slot)")
            unsafe keys[Int(slot)] = Float(tokens[row])
            unsafe values[Int(slot)] = Float(positions[row])
        }
    }

    /// Tokens and positions of a sequence as the cache holds them, up to a row of the batch.
    private func history(of sequence: Int, upTo row: Int, _ batch: ForwardBatch, _ cache: KVCache) -> [Int32] {
        let attention = batch.attention
        let width = attention.blockTables.shape[1]
        let table = Self.integers(attention.blockTables)[sequence * width..<(sequence + 1) * width]
        let starts = Self.integers(attention.queryStarts)
        let length = Int(Self.integers(attention.contextLengths)[sequence])
        let rowCount = Int(starts[sequence + 1] - starts[sequence])
        let keys = unsafe cache.keys[0].hostPointer(as: Float.self)
        let values = unsafe cache.values[0].hostPointer(as: Float.self)
        var history: [Int32] = []
        for position in 0...(length - rowCount + row) {
            let block = Int(table[table.startIndex + position / cache.blockSize])
            let slot = block * cache.blockSize + position % cache.blockSize
            history.append(Int32(unsafe keys[slot]))
            // a token of another place shows
            if unsafe values[slot] != Float(position) { history.append(-1) }
        }
        return history
    }

    private static func integers(_ tensor: Tensor) -> [Int32] {
        let start = unsafe tensor.hostPointer(as: Int32.self)
        return (0..<tensor.shape.elementCount).map { unsafe start[$0] }
    }
}
