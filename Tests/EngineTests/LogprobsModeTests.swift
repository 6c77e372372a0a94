import Foundation
import MartletCPUBackend
import MartletEngine
import MartletTensors
import MartletTestSupport
import MartletTokenizers
import Testing

@Suite struct LogprobsModeTests {
    private static let width = 300

    private static func parameters(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.logprobs = -1
        change(&parameters)
        return parameters
    }

    static let cases: [SamplingParameters] = [
        parameters { _ in },
        parameters { $0.temperature = 0 },
        parameters {
            $0.temperature = 0
            $0.logitBias = [4: 50]
            $0.allowedTokenIDs = (0..<40).map { TokenID(rawValue: $0) }
        },
        parameters { $0.temperature = 0.5 },
        parameters { $0.topP = 0.8 },
        parameters { $0.topK = 7 },
        parameters { $0.minP = 0.05 },
        parameters {
            $0.temperature = 1.4
            $0.topP = 0.6
            $0.topK = 30
            $0.minP = 0.001
            $0.repetitionPenalty = 1.3
            $0.presencePenalty = 0.5
            $0.logitBias = [5: -100, 6: 2]
            $0.badWords = [[7]]
        },
    ]

    /// Every value of every mode is the oracle's, for the chosen token and for all of the vocabulary.
    @Test(arguments: cases, LogprobsMode.allCases) func valuesEqualTheOracle(
        _ parameters: SamplingParameters,
        mode: LogprobsMode
    ) throws {
        var generator = SeededGenerator(seed: 11)
        let values = (0..<Self.width).map { _ in (generator.symmetric() + generator.symmetric()) * 4 }
        let expected = Self.expected(values, parameters, mode)
        var asked = parameters
        asked.logprobsMode = mode
        let request = GenerationRequest(id: RequestID("a"), promptTokenIDs: [20], parameters: asked, eosTokenIDs: [])
        for backend in [HostBackend(), CPUBackend(threads: 1)] as [any Backend] {
            let logits = makeLogits([values])
            let sampler = Sampler(backend: backend)
            for seed in 0..<10 {
                let state = SamplingState(
                    request,
                    promptTokenIDs: [20],
                    seed: UInt64(seed),
                    vocabularySize: Self.width
                )
                let token = try sampler.sample(state, output: [], logits: logits, row: 0)
                let found = try #require(token.logprobs)
                #expect(found.top.count == Self.width)
                for entry in found.top { #expect(isClose(entry.logprob, expected[entry.id.index]), "\(entry.id)") }
                #expect(isClose(found.logprob, expected[token.id.index]))
                #expect(found.top[found.rank - 1].id == token.id)
            }
        }
    }

    private func isClose(_ found: Float, _ expected: Double) -> Bool {
        Double(found) == expected || abs(Double(found) - expected) < 1e-4
    }

    private static func expected(
        _ values: [Float],
        _ parameters: SamplingParameters,
        _ mode: LogprobsMode
    ) -> [Double] {
        var row = values.map { Double($0) }
        if mode == .processedLogits || mode == .processedLogprobs {
            let processed = SamplerOracle.process(values, parameters, prompt: [20], output: [], eos: [])
            row = processed.map { Double($0) }
            if parameters.temperature > 0 {
                let probabilities = SamplerOracle.probabilities(processed, parameters)
                let temperature = Double(parameters.temperature)
                row = zip(row, probabilities).map { $1 > 0 ? $0 / temperature : -.infinity }
            }
        }
        guard mode == .rawLogprobs || mode == .processedLogprobs else { return row }
        let sum = log(row.reduce(0) { $0 + exp($1) })
        return row.map { $0 - sum }
    }
}
