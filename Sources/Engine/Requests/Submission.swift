import MartletTokenizers

/// A checked request on its way from the caller's thread to the engine's.
struct Submission: Sendable {
    /// Names the request for ever; `RequestID`s may be used again.
    let serial: UInt64
    let request: GenerationRequest
    /// The prompt as plain numbers.
    let promptTokenIDs: [Int32]
    /// The hashes of the prompt's full blocks; empty without a prefix cache.
    let blockHashes: [BlockHash]
    /// The parent of the first block's hash.
    let rootHash: BlockHash
    /// Keys the draws of choice 0.
    let seed: UInt64
    let arrivalTime: ContinuousClock.Instant
    let mailbox: EventMailbox
    /// A warm-up is left out of the statistics.
    let isWarmUp: Bool
}
