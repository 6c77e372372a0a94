package import MartletEngine
package import MartletTokenizers

/// The text of a request as it is generated: engine events mapped one to one, in the reader's own task.
///
/// Stop strings are found here: the stream tells the engine that the choice has ended and drops what comes after.
/// Dropping the stream, or cancelling the task that reads it, aborts the request.
package struct TextStream: AsyncSequence, Sendable {
    /// One engine step.
    package typealias Element = TextEvent

    private let events: GenerationEvents
    private let request: TextRequest
    private let engine: Engine
    private let tokenizer: Tokenizer

    /// Submits the request.
    ///
    /// - Throws: `EngineError` when the engine refuses it.
    package init(request: TextRequest, engine: Engine, tokenizer: Tokenizer) throws(EngineError) {
        events = try engine.submit(request.generation)
        self.request = request
        self.engine = engine
        self.tokenizer = tokenizer
    }

    /// Ends the request; the reader gets what is left and then the end.
    package func abort() { engine.abort(request.generation.id) }

    /// Reads the events; there is one reader.
    package func makeAsyncIterator() -> Iterator {
        Iterator(
            events: events.makeAsyncIterator(),
            decoders: (0..<request.generation.choiceCount).map { _ in
                ChoiceDecoder(request: request, tokenizer: tokenizer)
            },
            engine: engine,
            id: request.generation.id
        )
    }

    /// Decodes each event as it is asked for.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var events: GenerationEvents.Iterator
        fileprivate var decoders: [ChoiceDecoder]
        fileprivate let engine: Engine
        fileprivate let id: RequestID

        /// The next step that changed anything, or `nil` after the last choice has ended.
        package mutating func next() async -> TextEvent? {
            while let event = await events.next(isolation: #isolation) {
                if let event = decode(event) { return event }
            }
            return nil
        }

        /// All steps that changed anything since the last call; waits where none has, empty after the last choice has
        /// ended.
        package mutating func nextBatch() async -> [TextEvent] {
            while true {
                let batch = await events.nextBatch()
                if batch.isEmpty { return [] }
                var decoded: [TextEvent] = []
                decoded.reserveCapacity(batch.count)
                for event in batch {
                    if let event = decode(event) { decoded.append(event) }
                }
                if !decoded.isEmpty { return decoded }
            }
        }

        private mutating func decode(_ event: GenerationEvent) -> TextEvent? {
            let outputs = event.outputs.compactMap { decode($0) }
            if outputs.isEmpty { return nil }
            return TextEvent(
                outputs: outputs,
                cachedTokenCount: event.cachedTokenCount,
                promptLogprobs: event.promptLogprobs,
                age: event.age,
                queueTime: event.queueTime
            )
        }

        private mutating func decode(_ output: ChoiceOutput) -> TextOutput? {
            guard !decoders[output.choice].isFinished else { return nil }
            let result = decoders[output.choice].decode(output)
            if result.finishReason != nil, output.finishReason == nil {
                engine.finish(id, choice: output.choice, tokenCount: decoders[output.choice].tokenCount)
            }
            return result
        }
    }
}
