import Foundation
import MartletCPUBackend
import MartletEngine
import MartletTensors
import MartletTestSupport
import MartletTokenizers
import Testing

@Suite struct SamplerTests {
    private func state(
        _ parameters: SamplingParameters,
        prompt: [Int32] = [0],
        output: [Int32] = [],
        eos: [Int32] = [],
        seed: UInt64 = 1,
        width: Int
    ) -> SamplingState {
        let request = GenerationRequest(
            id: RequestID("a"),
            promptTokenIDs: prompt.map { TokenID(rawValue: $0) },
            parameters: parameters,
            eosTokenIDs: eos.map { TokenID(rawValue: $0) }
        )
        var state = SamplingState(request, promptTokenIDs: prompt, seed: seed, vocabularySize: width)
        for token in output { state.record(token) }
        return state
    }

    private static func parameters(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
        var parameters = SamplingParameters()
        change(&parameters)
        return parameters
    }

    private static func row(_ count: Int, seed: UInt64, deviation: Float = 2) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            (generator.symmetric() + generator.symmetric() + generator.symmetric()) * deviation
        }
    }

    static let distributions: [SamplingParameters] = [
        parameters { $0.temperature = 1 },
        parameters { $0.temperature = 0.5 },
        parameters { $0.temperature = 2 },
        parameters { $0.topK = 1 },
        parameters { $0.topK = 7 },
        parameters { $0.topK = 100_000 },
        parameters { $0.topK = 2000 },
        parameters {
            $0.topK = 5000
            $0.topP = 0.5
        },
        parameters { $0.topP = 0.8 },
        parameters { $0.topP = 0.05 },
        parameters { $0.minP = 0.1 },
        parameters { $0.minP = 1 },
        parameters {
            $0.temperature = 0.8
            $0.topK = 20
            $0.topP = 0.9
        },
        parameters {
            $0.temperature = 1.5
            $0.minP = 0.02
            $0.topP = 0.7
        },
        parameters {
            $0.minP = 0.01
            $0.topK = 5
            $0.topP = 0.95
        },
    ]

    /// Pearson's statistic lies within five standard deviations of its mean under the right distribution.
    @Test(arguments: distributions, [30, 300]) func drawsFollowTheDistribution(
        _ parameters: SamplingParameters,
        width: Int
    ) throws {
        for backend in [HostBackend(), CPUBackend(threads: 1)] as [any Backend] {
            try checkDraws(parameters, width: width, backend)
        }
    }

    private func checkDraws(_ parameters: SamplingParameters, width: Int, _ backend: any Backend) throws {
        let values = Self.row(width, seed: UInt64(width))
        let expected = SamplerOracle.probabilities(values, parameters)
        let logits = makeLogits([values])
        let sampler = Sampler(backend: backend)
        let drawCount = 20_000
        var counts = [Int](repeating: 0, count: width)
        for draw in 0..<drawCount {
            let state = state(parameters, seed: UInt64(draw), width: width)
            counts[try sampler.sample(state, output: [], logits: logits, row: 0).id.index] += 1
        }
        // cells of small expectation are put together
        var cells: [(expected: Double, found: Double)] = []
        var small = (expected: 0.0, found: 0.0)
        var cutCount = 0
        for index in 0..<width {
            let cell = (expected: expected[index] * Double(drawCount), found: Double(counts[index]))
            if cell.expected == 0 { cutCount += counts[index] }
            if cell.expected >= 8 { cells.append(cell) } else { small = (small.0 + cell.0, small.1 + cell.1) }
        }
        #expect(cutCount == 0, "\(backend.name)")
        if small.expected > 0 { cells.append(small) }
        let statistic = cells.reduce(0) { $0 + pow($1.found - $1.expected, 2) / $1.expected }
        let freedom = Double(cells.count - 1)
        #expect(statistic <= freedom + 5 * (2 * freedom).squareRoot() + 1e-9, "\(backend.name)")
    }

    /// Successive places of one completion are independent draws too.
    @Test func placesAreIndependent() throws {
        let width = 4
        let logits = makeLogits([[0, 0, 0, 0]])
        let sampler = Sampler(backend: HostBackend())
        let state = state(Self.parameters { $0.temperature = 1 }, seed: 77, width: width)
        let zeros = [Int32](repeating: 0, count: 16_001)
        var previous = 0
        var pairs = [Int](repeating: 0, count: 16)
        for place in 0...16_000 {
            let token = try sampler.sample(state, output: zeros[..<place], logits: logits, row: 0).id.index
            if place > 0 { pairs[previous * 4 + token] += 1 }
            previous = token
        }
        let statistic = pairs.reduce(0) { $0 + pow(Double($1) - 1000, 2) / 1000 }
        #expect(statistic < 15 + 5 * 30.0.squareRoot())
    }

    /// In a large vocabulary, whatever the filters, a kept token comes out, and the extremes of the random number give
    /// the first and last kept one.
    @Test(arguments: distributions) func largeVocabularyKeepsTheSameTokens(_ parameters: SamplingParameters) throws {
        let width = 20_011
        let backends: [any Backend] = [HostBackend(), CPUBackend(threads: 1)]
        for (round, deviation) in [Float(0.3), 2, 6].enumerated() {
            let sampler = Sampler(backend: backends[round % 2])
            let values = Self.row(width, seed: UInt64(round), deviation: deviation)
            let expected = SamplerOracle.probabilities(values, parameters)
            let logits = makeLogits([values])
            var entropyFound = 0.0
            let drawCount = 300
            for draw in 0..<drawCount {
                let state = state(parameters, seed: UInt64(draw), width: width)
                let token = try sampler.sample(state, output: [], logits: logits, row: 0).id.index
                #expect(expected[token] > 0)
                entropyFound -= log(max(expected[token], 1e-300)) / Double(drawCount)
            }
            // the mean surprise is the entropy
            let entropy = expected.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
            let variance = expected.reduce(0) { $1 > 0 ? $0 + $1 * pow(log($1) + entropy, 2) : $0 }
            #expect(abs(entropyFound - entropy) <= 5 * (variance / Double(drawCount)).squareRoot() + 1e-6)
        }
    }

    static let processors: [SamplingParameters] = [
        parameters { $0.allowedTokenIDs = [3, 99, 0, 17, 3] },
        parameters { $0.badWords = [[5], [1, 2, 6], [2, 7], [9, 8]] },
        parameters {
            $0.minTokens = 4
            $0.stopTokenIDs = [10, 11]
        },
        parameters {
            $0.minTokens = 4
            $0.ignoreEOS = true
        },
        parameters { $0.minTokens = 3 },
        parameters { $0.logitBias = [4: 50, 5: -100, 6: 0.25] },
        parameters { $0.repetitionPenalty = 1.3 },
        parameters { $0.repetitionPenalty = 0.7 },
        parameters { $0.frequencyPenalty = 0.9 },
        parameters { $0.presencePenalty = -1.5 },
        parameters {
            $0.repetitionPenalty = 1.1
            $0.frequencyPenalty = -0.3
            $0.presencePenalty = 0.6
            $0.logitBias = [2: 3, 1: -3]
            $0.badWords = [[2]]
            $0.allowedTokenIDs = (0..<60).map { TokenID(rawValue: $0) }
            $0.minTokens = 10
        },
    ]

    /// Greedy takes the greatest processed logit; removing it step by step by its bias shows the whole processed order.
    @Test(arguments: processors) func processorsEqualTheOracle(_ parameters: SamplingParameters) throws {
        let width = 100
        let prompt: [Int32] = [20, 21, 22, 20, 1]
        let output: [Int32] = [1, 2, 1]
        let eos: [Int32] = [12, 13, 500]
        var greedy = parameters
        greedy.temperature = 0
        greedy.logprobs = 3
        for seed in 0..<20 {
            let values = Self.row(width, seed: UInt64(seed), deviation: 1)
            let processed = SamplerOracle.process(
                values,
                parameters,
                prompt: prompt,
                output: output,
                eos: [12, 13]
            )
            let logits = makeLogits([values, values])
            let sampler = Sampler(backend: HostBackend())
            let state = state(greedy, prompt: prompt, output: output, eos: eos, width: width)
            let token = try sampler.sample(state, output: output[...], logits: logits, row: 1)
            let best = processed.indices.max { (processed[$0], $1) < (processed[$1], $0) }
            #expect(token.id.index == best)
            // log-probabilities are of the raw logits
            let sum = log(values.reduce(0) { $0 + exp(Double($1)) })
            let found = try #require(token.logprobs)
            #expect(abs(Double(found.logprob) - (Double(values[token.id.index]) - sum)) < 1e-5)
            let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
            #expect(found.rank == (order.firstIndex(of: token.id.index) ?? -2) + 1)
            #expect(found.top.map(\.id.index) == Array(order.prefix(3)))
            // the row is as it was
            HostBackend().withHostRow(logits, row: 1) { row in
                for index in values.indices { #expect(row[index] == values[index]) }
            }
        }
    }

    /// A penalty that no number survives leaves numbers: the prompt's token becomes the greatest, or the least.
    @Test(arguments: [0, Float.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .infinity])
    func extremePenaltiesKeepLogitsFinite(penalty: Float) throws {
        for temperature in [0, 1] as [Float] {
            let parameters = Self.parameters { ($0.temperature, $0.repetitionPenalty) = (temperature, penalty) }
            let state = state(parameters, prompt: [2, 3], width: 5)
            let sampler = Sampler(backend: HostBackend())
            let token = try sampler.sample(state, output: [], logits: makeLogits([[-50, 60, 0, 1, -60]]), row: 0)
            #expect(token.id.index == (penalty < 1 ? 3 : 1))
        }
    }

    /// The processed distribution, not only its greatest token, is the oracle's.
    @Test(arguments: processors) func processedDrawsFollowTheOracle(_ parameters: SamplingParameters) throws {
        let width = 100
        let prompt: [Int32] = [20, 21]
        let output: [Int32] = [1, 2, 1]
        let values = Self.row(width, seed: 5, deviation: 0.7)
        let processed = SamplerOracle.process(values, parameters, prompt: prompt, output: output, eos: [12])
        let expected = SamplerOracle.probabilities(processed, parameters)
        let logits = makeLogits([values])
        let sampler = Sampler(backend: HostBackend())
        var counts = [Double](repeating: 0, count: width)
        for draw in 0..<20_000 {
            let state = state(
                parameters,
                prompt: prompt,
                output: output,
                eos: [12],
                seed: UInt64(draw),
                width: width
            )
            counts[try sampler.sample(state, output: output[...], logits: logits, row: 0).id.index] += 1
        }
        var statistic = 0.0
        var freedom = -1.0
        for index in 0..<width {
            if expected[index] == 0 { #expect(counts[index] == 0) }
            guard expected[index] * 20_000 >= 5 else { continue }
            statistic += pow(counts[index] - expected[index] * 20_000, 2) / (expected[index] * 20_000)
            freedom += 1
        }
        #expect(statistic <= freedom + 5 * (2 * max(freedom, 1)).squareRoot())
    }

    @Test func greedyTakesTheLowestOfEqualTokens() throws {
        var values = [Float](repeating: -1, count: 1000)
        for index in [700, 300, 999] { values[index] = 4 }
        let logits = makeLogits([values])
        let sampler = Sampler(backend: HostBackend())
        for change in [Float(0), 9e-6] {
            var parameters = SamplingParameters()
            parameters.temperature = change
            var token = try sampler.sample(state(parameters, width: 1000), output: [], logits: logits, row: 0)
            #expect(token.id == 300)
            // the processed path too
            parameters.logitBias = [300: -1]
            token = try sampler.sample(state(parameters, width: 1000), output: [], logits: logits, row: 0)
            #expect(token.id == 700)
        }
    }

    @Test func tinyTemperaturesAreRaised() throws {
        // at 0.01 the second token has a probability of e⁻¹ against the first
        let logits = makeLogits([[0.01, 0]])
        let sampler = Sampler(backend: HostBackend())
        let parameters = Self.parameters { $0.temperature = 1e-4 }
        let second = try (0..<5000).count { draw in
            try sampler.sample(state(parameters, seed: UInt64(draw), width: 2), output: [], logits: logits, row: 0).id
                == 1
        }
        #expect(abs(Double(second) / 5000 - 0.2689) < 0.035)
    }

    /// Penalties beyond what a float holds leave something to choose, and what is masked stays masked.
    @Test(arguments: [Float.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0])
    func extremePenaltiesLeaveLogitsFinite(_ penalty: Float) throws {
        let sampler = Sampler(backend: HostBackend())
        for temperature in [Float(0), 1] {
            let parameters = Self.parameters {
                $0.temperature = temperature
                $0.repetitionPenalty = penalty
                $0.allowedTokenIDs = [0, 1, 2, 3]
            }
            let state = state(parameters, prompt: [0, 1, 2, 7], width: 8)
            let logits = makeLogits([[3, -3, 0, 1, 9, 9, 9, 9]])
            #expect(try sampler.sample(state, output: [], logits: logits, row: 0).id.index < 4)
        }
    }

    @Test func allLogprobsAreToBeHad() throws {
        let values = Self.row(50, seed: 3)
        let sampler = Sampler(backend: HostBackend())
        for (wanted, count) in [(-1, 50), (0, 0), (5, 5), (999, 50)] {
            let parameters = Self.parameters { $0.logprobs = wanted }
            let token = try sampler.sample(
                state(parameters, width: 50),
                output: [],
                logits: makeLogits([values]),
                row: 0
            )
            let top = try #require(token.logprobs).top
            #expect(top.count == count)
            if wanted == -1 { #expect(abs(top.reduce(0) { $0 + exp(Double($1.logprob)) } - 1) < 1e-5) }
        }
    }

    @Test func saysWhenThereIsNothingToChoose() {
        let sampler = Sampler(backend: HostBackend())
        let parameters = [
            SamplingParameters(), Self.parameters { $0.topP = 0.5 }, Self.parameters { $0.topK = 3 },
            Self.parameters { $0.minP = 0.1 },
        ]
        let masked = makeLogits([[Float](repeating: -.infinity, count: 200)])
        for parameters in parameters {
            #expect(throws: SamplingError.noTokenLeft) {
                try sampler.sample(state(parameters, width: 200), output: [], logits: masked, row: 0)
            }
        }
        var values = [Float](repeating: 0, count: 200)
        values[150] = .nan
        for parameters in parameters.prefix(2) {
            #expect(throws: SamplingError.logitsNotFinite) {
                try sampler.sample(state(parameters, width: 200), output: [], logits: makeLogits([values]), row: 0)
            }
        }
        values[150] = .infinity
        for parameters in parameters {
            #expect(throws: SamplingError.logitsNotFinite) {
                try sampler.sample(state(parameters, width: 200), output: [], logits: makeLogits([values]), row: 0)
            }
        }
    }

    @Test func drawsAreAFunctionOfKeyAndPlace() {
        var seen = Set<UInt64>()
        for key in 0..<100 as Range<UInt64> {
            for counter in 0..<100 as Range<UInt64> { seen.insert(CounterRandom.bits(key: key, counter: counter)) }
        }
        #expect(seen.count == 10_000)
        let mean = (0..<10_000).reduce(0) { $0 + CounterRandom.uniform(key: 5, counter: $1) } / 10_000
        #expect(abs(mean - 0.5) < 0.015)
        // the numbers are kept: answers of a seed stay the same from version to version
        let kept: [(key: UInt64, counter: UInt64, bits: UInt64)] = [
            (0, 0, 0x2574fb6eb99c9d75), (1, 0, 0x6c426088a1de41e1), (0, 1, 0x57b0feea914d9f33),
            (UInt64.max, 7, 0xcbc2a2e47dc0690c),
        ]
        for row in kept { #expect(CounterRandom.bits(key: row.key, counter: row.counter) == row.bits) }
    }
}
