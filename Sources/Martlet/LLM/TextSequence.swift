import MartletEngine
import MartletTokenizers

extension LLM {
    /// The pieces of one completion as they are generated.
    ///
    /// Pieces are whole characters and their texts add up to the completion's text. Leaving the loop, or cancelling the
    /// task that runs it, aborts the request.
    public struct TextSequence: AsyncSequence, Sendable {
        /// What one step added.
        public struct Piece: Sendable, Hashable {
            /// New text; may be empty while a character is incomplete.
            public var text: String
            /// The new tokens' ids.
            public var tokenIDs: [Int]
            /// Raw log-probabilities of the new tokens, when asked for.
            public var logprobs: [Float]
            /// Set with the last piece.
            public var finishReason: Completion.FinishReason?
        }

        /// A piece.
        public typealias Element = Piece

        let stream: TextStream
        let promptTokenCount: Int

        /// Reads the pieces; there is one reader.
        public func makeAsyncIterator() -> Iterator { Iterator(events: stream.makeAsyncIterator()) }

        /// All pieces together.
        public func collect() async -> Completion {
            var completion = Completion(
                text: "",
                tokenIDs: [],
                logprobs: [],
                finishReason: .abort,
                promptTokenCount: promptTokenCount
            )
            for await piece in self {
                completion.text += piece.text
                completion.tokenIDs += piece.tokenIDs
                completion.logprobs += piece.logprobs
                completion.finishReason = piece.finishReason ?? completion.finishReason
            }
            return completion
        }

        /// Reads one piece after the other.
        public struct Iterator: AsyncIteratorProtocol {
            var events: TextStream.Iterator

            /// The next piece, or `nil` at the end.
            public mutating func next() async -> Piece? {
                guard let output = await events.next()?.outputs.first else { return nil }
                return Piece(
                    text: output.text,
                    tokenIDs: output.tokens.map { Int($0.id.rawValue) },
                    logprobs: output.tokens.compactMap { $0.logprobs?.logprob },
                    finishReason: output.finishReason.flatMap { Completion.FinishReason(rawValue: $0.rawValue) }
                )
            }
        }
    }
}
