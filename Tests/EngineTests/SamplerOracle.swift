import Foundation
import MartletEngine
import MartletTokenizers

/// The sampler written slowly and plainly: whole arrays, sorting, double precision.
enum SamplerOracle {
    /// Steps 2–6: the logits that are drawn from.
    static func process(
        _ logits: [Float],
        _ parameters: SamplingParameters,
        prompt: [Int32],
        output: [Int32],
        eos: [Int32]
    ) -> [Float] {
        var row = logits
        if let allowed = parameters.allowedTokenIDs?.map(\.index) {
            for index in row.indices where !allowed.contains(index) { row[index] = -.infinity }
        }
        for word in parameters.badWords.map({ $0.map(\.rawValue) }) {
            if Array(output.suffix(word.count - 1)) == Array(word.dropLast()) {
                row[Int(word[word.count - 1])] = -.infinity
            }
        }
        if output.count < parameters.minTokens {
            for token in (parameters.ignoreEOS ? [] : eos) + parameters.stopTokenIDs.map(\.rawValue) {
                row[Int(token)] = -.infinity
            }
        }
        for (token, bias) in parameters.logitBias { row[token.index] += bias }
        for token in Set(prompt + output).map(Int.init) {
            let penalty = parameters.repetitionPenalty
            row[token] = row[token] > 0 ? row[token] / penalty : row[token] * penalty
        }
        for token in Set(output) {
            let count = output.count { $0 == token }
            row[Int(token)] -= parameters.frequencyPenalty * Float(count)
            row[Int(token)] -= parameters.presencePenalty
        }
        return row
    }

    /// Steps 8–11: the probability of each token.
    static func probabilities(_ logits: [Float], _ parameters: SamplingParameters) -> [Double] {
        let temperature = Double(max(parameters.temperature, 0.01))
        let greatest = Double(logits.max() ?? 0)
        var weights = logits.map { exp((Double($0) - greatest) / temperature) }
        for index in weights.indices where weights[index] < Double(parameters.minP) { weights[index] = 0 }
        let order = weights.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
        if parameters.topK > 0 { for index in order.dropFirst(parameters.topK) { weights[index] = 0 } }
        if parameters.topP < 1 {
            let total = weights.reduce(0, +)
            var sum = 0.0
            for index in order {
                if sum >= Double(parameters.topP) * total { weights[index] = 0 }
                sum += weights[index]
            }
        }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }
}
