package import MartletModels
package import MartletTensors

/// Checks that a model's logits do not depend on how tokens are fed to it.
///
/// Every prompt is read whole, in chunks of several sizes, token by token, and together with the other prompts in every
/// step; all must give the same bits at every position.
///
/// - Parameters:
///   - model: a model whose limits hold the longest prompt, and all prompts' chunks together.
///   - backend: the one it was loaded for.
///   - prompts: token sequences of different lengths.
///   - cacheType: the element type of the cache.
/// - Returns: one sentence for each violation; empty where the law holds.
/// - Throws: `ModelError` when the model fails.
package func checkLanguageModel(
    _ model: any LanguageModel,
    backend: any Backend,
    prompts: [[Int32]],
    cacheType: DType = .float32
) throws -> [String] {
    let runner = try SequenceRunner(
        model: model,
        backend: backend,
        cacheType: cacheType,
        blockSize: 4,
        sequenceCount: prompts.count
    )
    var violations: [String] = []
    let whole = try prompts.map { prompt in
        runner.truncate(0)
        return try runner.step([.init(sequence: 0, tokens: prompt)], logits: .all)
    }
    for size in [1, 2, 3, 7, 16] {
        for (index, prompt) in prompts.enumerated() {
            runner.truncate(index)
            var rows: [[Float]] = []
            for start in stride(from: 0, to: prompt.count, by: size) {
                let tokens = Array(prompt[start..<min(start + size, prompt.count)])
                rows += try runner.step([.init(sequence: index, tokens: tokens)], logits: .all)
            }
            violations += differences(whole[index], rows, "prompt \(index) in chunks of \(size)")
        }
    }
    violations += try checkMixedBatches(runner, prompts: prompts, whole: whole)
    return violations
}

/// Feeds all prompts at different paces in shared steps.
private func checkMixedBatches(_ runner: SequenceRunner, prompts: [[Int32]], whole: [[[Float]]]) throws -> [String] {
    var rows: [[[Float]]] = prompts.map { _ in [] }
    for index in prompts.indices { runner.truncate(index) }
    while prompts.indices.contains(where: { runner.length(of: $0) < prompts[$0].count }) {
        var chunks: [SequenceRunner.Chunk] = []
        for index in prompts.indices {
            let start = runner.length(of: index)
            let end = min(start + 1 + index * 3 % 5, prompts[index].count)
            if start < end { chunks.append(.init(sequence: index, tokens: Array(prompts[index][start..<end]))) }
        }
        var results = try runner.step(chunks, logits: .all)[...]
        for chunk in chunks {
            rows[chunk.sequence] += results.prefix(chunk.tokens.count)
            results = results.dropFirst(chunk.tokens.count)
        }
    }
    return prompts.indices.flatMap { differences(whole[$0], rows[$0], "prompt \($0) among the others") }
}

private func differences(_ expected: [[Float]], _ found: [[Float]], _ what: String) -> [String] {
    if expected.count != found.count { return ["\(what): \(found.count) rows of \(expected.count)"] }
    for (position, rows) in zip(expected, found).enumerated() {
        let isSame = rows.0.elementsEqual(rows.1) { $0.bitPattern == $1.bitPattern }
        if !isSame { return ["\(what): other bits at position \(position)"] }
    }
    return []
}
