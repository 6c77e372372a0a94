import Foundation
import Martlet
import MartletEngine
import MartletTestSupport
import MartletTokenizers
import Testing

/// Engine events as text: aborts, stop strings, unfinished characters.
@Suite struct TextStreamTests {
    /// A model of random weights whose tokens are bytes.
    private static func model(_ change: (inout ModelOptions) -> Void = { _ in }) async throws -> LoadedModel {
        let folder = try TinyModel().makeFolder()
        var options = ModelOptions()
        options.maxSequences = 4
        options.threadCount = 1
        change(&options)
        let model = try LoadedModel(folder: URL(filePath: folder.path), options: options)
        try await model.start()
        return model
    }

    private static func request(
        _ model: LoadedModel,
        _ name: String = "request",
        maxTokens: Int = 8,
        bytes: [UInt8] = Array("abc".utf8)
    ) -> TextRequest {
        var parameters = SamplingParameters()
        parameters.temperature = 0
        parameters.maxTokens = maxTokens
        parameters.ignoreEOS = true
        return TextRequest(
            generation: GenerationRequest(
                id: RequestID(name),
                promptTokenIDs: bytes.map { TokenID(Int32($0)) },
                parameters: parameters
            )
        )
    }

    /// All that a request gives when only these bytes may follow each other.
    private static func outputs(_ model: LoadedModel, _ request: TextRequest) async throws -> [TextOutput] {
        var outputs: [TextOutput] = []
        for await event in try TextStream(request: request, engine: model.engine, tokenizer: model.tokenizer) {
            outputs += event.outputs
        }
        return outputs
    }

    /// Waits until nothing is under way, a few seconds at most.
    private static func isIdle(_ engine: Engine) async throws -> Bool {
        for _ in 0..<400 {
            if engine.unfinishedRequestCount == 0, engine.statistics.kvCacheUsage == 0 { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test func cancellingTheReaderFreesTheCache() async throws {
        let model = try await Self.model { $0.isPrefixCachingEnabled = false }
        let stream = try TextStream(
            request: Self.request(model, maxTokens: 240),
            engine: model.engine,
            tokenizer: model.tokenizer
        )
        let reader = Task { for await _ in stream {} }
        reader.cancel()
        await reader.value
        #expect(try await Self.isIdle(model.engine))
        // the engine goes on
        let outputs = try await Self.outputs(model, Self.request(model, "next"))
        #expect(outputs.last?.finishReason == .length)
        await model.engine.stop()
    }

    @Test func abortEndsTheStream() async throws {
        let model = try await Self.model()
        let stream = try TextStream(
            request: Self.request(model, maxTokens: 240),
            engine: model.engine,
            tokenizer: model.tokenizer
        )
        stream.abort()
        var reasons: [FinishReason?] = []
        for await event in stream { reasons += event.outputs.map(\.finishReason) }
        #expect(reasons.last == .abort)
        await model.engine.stop()
    }

    /// Lead bytes without what follows them: the end of the text leaves them out.
    @Test func anUnfinishedCharacterHasNoText() async throws {
        let model = try await Self.model()
        var request = Self.request(model, maxTokens: 1)
        request.generation.parameters.allowedTokenIDs = [TokenID(0xE2)]
        let outputs = try await Self.outputs(model, request)
        #expect(outputs.map(\.text).joined() == "")
        #expect(outputs.flatMap(\.tokens).map(\.id) == [TokenID(0xE2)])
        // bytes that break off inside the text are U+FFFD, at its end nothing
        for seed in 0..<8 {
            request.generation.id = RequestID("mixed \(seed)")
            request.generation.parameters.maxTokens = 12
            request.generation.parameters.temperature = 1
            request.generation.parameters.seed = Int64(seed)
            request.generation.parameters.allowedTokenIDs = [TokenID(0xE2), TokenID(0x82), TokenID(0x78)]
            let outputs = try await Self.outputs(model, request)
            let bytes = outputs.flatMap(\.tokens).map { UInt8(truncatingIfNeeded: $0.id.rawValue) }
            var expected = String(decoding: bytes, as: UTF8.self).unicodeScalars
            while expected.last == "\u{FFFD}" { expected.removeLast() }
            #expect(outputs.map(\.text).joined().unicodeScalars.elementsEqual(expected))
        }
        await model.engine.stop()
    }

    @Test func stopStringsEndTheChoice() async throws {
        let model = try await Self.model()
        for includesStop in [false, true] {
            var request = Self.request(model, "stop \(includesStop)", maxTokens: 100)
            request.generation.parameters.allowedTokenIDs = [TokenID(0x7A)]
            request.stopStrings = ["y", "zzz"]
            request.includesStop = includesStop
            let outputs = try await Self.outputs(model, request)
            #expect(outputs.map(\.text).joined() == (includesStop ? "zzz" : ""))
            #expect(outputs.last?.finishReason == .stop)
            #expect(outputs.last?.stopReason == .string("zzz"))
            #expect(outputs.flatMap(\.tokens).count == 3)
        }
        #expect(try await Self.isIdle(model.engine))
        await model.engine.stop()
    }

    /// Stop strings cut the text that the same request gives without them, and the tokens at the one that completes it.
    @Test(arguments: [false, true])
    func stopStringsCutTheSameText(includesStop: Bool) async throws {
        let model = try await Self.model()
        let stops = ["éx", "xé", "éé", "xxx", "\u{FFFD}x"]
        var stopped = 0
        for seed in 0..<16 {
            var request = Self.request(model, "free \(seed)", maxTokens: 40)
            request.generation.choiceCount = 2
            request.generation.parameters.temperature = 1
            request.generation.parameters.seed = Int64(seed)
            request.generation.parameters.allowedTokenIDs = [TokenID(0xC3), TokenID(0xA9), TokenID(0x78)]
            let free = try await Self.outputs(model, request)
            request.generation.id = RequestID("cut \(seed)")
            request.stopStrings = Array(stops.dropFirst(seed % stops.count))
            request.includesStop = includesStop
            let cut = try await Self.outputs(model, request)
            for choice in 0..<2 {
                let tokens = free.filter { $0.choice == choice }.flatMap(\.tokens).map(\.id)
                let own = cut.filter { $0.choice == choice }
                let expected = Self.cut(tokens, at: request.stopStrings, includesStop: includesStop)
                #expect(Array(own.map(\.text).joined().utf8) == Array(expected.text.utf8))
                #expect(own.flatMap(\.tokens).map(\.id) == Array(tokens.prefix(expected.tokenCount)))
                #expect(own.last?.stopReason == expected.stop.map { .string($0) })
                #expect(own.count { $0.finishReason != nil } == 1)
                stopped += expected.stop == nil ? 0 : 1
            }
        }
        #expect(stopped > 8)
        await model.engine.stop()
    }

    /// The text of byte tokens up to the stop string that completes first, decoded anew after each token.
    private static func cut(
        _ tokens: [TokenID],
        at stops: [String],
        includesStop: Bool
    ) -> (text: String, tokenCount: Int, stop: String?) {
        var text: [UInt8] = []
        for count in 1...tokens.count {
            let bytes = tokens.prefix(count).map { UInt8(truncatingIfNeeded: $0.rawValue) }
            // U+FFFD at the end may still become a character
            var scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
            while scalars.last == "\u{FFFD}" { scalars.removeLast() }
            text = Array(String(scalars).utf8)
            for end in text.indices {
                let part = text[...end]
                guard let stop = stops.first(where: { part.reversed().starts(with: $0.utf8.reversed()) }) else {
                    continue
                }
                let kept = includesStop ? part : part.dropLast(stop.utf8.count)
                return (String(decoding: kept, as: UTF8.self), count, stop)
            }
        }
        return (String(decoding: text, as: UTF8.self), tokens.count, nil)
    }

    @Test func minTokensHoldStopStringsOff() async throws {
        let model = try await Self.model()
        var request = Self.request(model, maxTokens: 9)
        request.generation.parameters.allowedTokenIDs = [TokenID(0x78)]
        request.generation.parameters.minTokens = 5
        request.stopStrings = ["xx"]
        let outputs = try await Self.outputs(model, request)
        #expect(outputs.last?.finishReason == .stop)
        #expect(outputs.flatMap(\.tokens).count > 5)
        await model.engine.stop()
    }

    @Test func stopTokensAreReported() async throws {
        let model = try await Self.model()
        for (includesStop, text) in [(false, ""), (true, "x")] {
            var request = Self.request(model, "token \(includesStop)")
            request.generation.parameters.allowedTokenIDs = [TokenID(0x78)]
            request.generation.parameters.stopTokenIDs = [TokenID(0x78)]
            request.includesStop = includesStop
            let outputs = try await Self.outputs(model, request)
            #expect(outputs.map(\.text).joined() == text)
            #expect(outputs.last?.stopReason == .token(TokenID(0x78)))
        }
        await model.engine.stop()
    }

    @Test func choicesAreKeptApart() async throws {
        let model = try await Self.model()
        var request = Self.request(model, maxTokens: 12)
        request.generation.choiceCount = 3
        request.generation.parameters.temperature = 1
        request.generation.parameters.seed = 5
        let outputs = try await Self.outputs(model, request)
        for choice in 0..<3 {
            let own = outputs.filter { $0.choice == choice }
            #expect(own.flatMap(\.tokens).count == 12)
            #expect(own.count { $0.finishReason != nil } == 1)
        }
        await model.engine.stop()
    }
}
