/// Cuts prompts into chunks so that a step keeps to its time.
///
/// Beside streams that run, a chunk may lengthen a step to `slowdown` times what it takes without: a prompt that arrives
/// is not felt by those who read. Each further prompt that waits may add as much again, up to the target time: what
/// arithmetic bounds takes the same time in small chunks, and more of those who wait get on with large ones. Where
/// nothing else runs, a step may take the target time, after which an abort or a new request is noticed. The limits
/// follow from times learned of earlier steps: of steps without a chunk by their number of streams, and what a token of
/// a chunk adds, by itself and beside streams. A step has no chunk where such a time is missing or old. It changes when
/// results come, never what they are.
package struct StepTimeController {
    /// The least chunk of a step without streams: smaller ones would only repeat the reading of the weights.
    package static let minimumChunk = 32
    /// The least chunk beside streams, so that prompts get on; also the multiple of chunks there.
    package static let minimumMixedChunk = 4
    /// How many times longer a step with a chunk may take than one without.
    package static let slowdown = 1.6
    /// Steps with a chunk after which one without tells again how long streams take by themselves.
    package static let freshness = 128

    private let maximum: Int
    private let target: Duration
    private var decodeTimes = DecodeTimes()
    /// Steps with a chunk beside streams since the last one without.
    private var mixedStepCount = 0
    /// Seconds per token of chunks without streams beside.
    private var aloneCost = LearnedCost()
    /// Seconds that a token of a chunk adds to a step of streams.
    private var mixedCost = LearnedCost()

    /// A controller that knows nothing yet: the first limit is the maximum.
    ///
    /// - Parameters:
    ///   - maximum: no chunk is longer.
    ///   - target: how long a step without streams may take.
    package init(maximum: Int, target: Duration) {
        precondition(maximum > 0, "chunks of \(maximum) tokens")
        self.maximum = maximum
        self.target = target
    }

    /// The most prompt tokens of the next step.
    ///
    /// - Parameters:
    ///   - decodeCount: the streams that get a token in it.
    ///   - promptCount: the prompts that could get on in it.
    /// - Returns: at most the maximum; 0 for a step that tells how long the streams take by themselves.
    package func chunkLimit(besides decodeCount: Int, prompts promptCount: Int = 1) -> Int {
        let most = target / .seconds(1)
        guard decodeCount > 0 else { return limit(most, aloneCost.value, Self.minimumChunk, 16) }
        guard mixedStepCount < Self.freshness, let time = decodeTimes.estimate(decodeCount) else { return 0 }
        let unnoticed = time * (Self.slowdown - 1)
        let room = max(unnoticed, min(unnoticed * Double(promptCount), most))
        let cost = mixedCost.value ?? aloneCost.value
        return limit(room, cost, Self.minimumMixedChunk, Self.minimumMixedChunk)
    }

    /// Learns from a step.
    ///
    /// - Parameters:
    ///   - decodeCount: the streams that got a token in it.
    ///   - prefillTokenCount: the tokens of chunks.
    ///   - duration: how long it took.
    package mutating func record(decodeCount: Int, prefillTokenCount: Int, duration: Duration) {
        let seconds = duration / .seconds(1)
        guard seconds > 0 else { return }
        if prefillTokenCount == 0 {
            decodeTimes.record(decodeCount, seconds: seconds)
            mixedStepCount = 0
        } else if decodeCount == 0 {
            aloneCost.record(seconds / Double(prefillTokenCount))
        } else if let without = decodeTimes.estimate(decodeCount) {
            mixedCost.record((seconds - without) / Double(prefillTokenCount))
            mixedStepCount += 1
        }
    }

    /// How many tokens of a cost fit the time.
    private func limit(_ seconds: Double, _ cost: Double?, _ least: Int, _ multiple: Int) -> Int {
        guard let cost else { return maximum }
        let fitting = seconds / cost
        guard fitting < Double(maximum) else { return maximum }
        return min(maximum, max(least, Int(fitting) / multiple * multiple))
    }
}

/// A cost that follows what is measured: a mean over the last few, which falls by half at most from one to the next.
private struct LearnedCost {
    private(set) var value: Double?

    mutating func record(_ sample: Double) {
        guard let known = value else {
            value = sample > 0 ? sample : nil
            return
        }
        value = known + 0.3 * (max(sample, known / 2) - known)
    }
}

/// How long steps without a chunk take, by the number of streams.
private struct DecodeTimes {
    /// Seconds, at the number of streams.
    private var known: [Double?] = []

    /// Rises slowly and falls fast: one long step, as the first one is, must not lengthen those after it.
    mutating func record(_ count: Int, seconds: Double) {
        while known.count <= count { known.append(nil) }
        guard let before = known[count] else {
            known[count] = seconds
            return
        }
        known[count] = before + (seconds < before ? 0.5 : 0.1) * (seconds - before)
    }

    /// The time for a number of streams; where that has not been seen, the most that numbers near it say it takes at
    /// least: more streams take longer, and half the streams more than half the time.
    ///
    /// `nil` where no number within a quarter is known: a few streams say little of many.
    func estimate(_ count: Int) -> Double? {
        if known.indices.contains(count), let exact = known[count] { return exact }
        var least: Double?
        for other in count - count / 4...count + count / 4 where known.indices.contains(other) {
            guard let seconds = known[other] else { continue }
            let bound = other < count ? seconds : seconds * Double(count) / Double(other)
            least = max(least ?? 0, bound)
        }
        return least
    }
}
