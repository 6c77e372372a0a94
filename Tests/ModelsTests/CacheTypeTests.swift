import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

/// How far a cache of fewer bits moves the logits.
@Suite struct CacheTypeTests {
    /// The greatest root mean square of the differences, over that of the logits, in any position.
    static let limits: [(DType, Double)] = [(.bfloat16, 0.02), (.float16, 0.003), (.int8, 0.03)]

    static let folders =
        [Fixtures.repository.appending(path: "Models/martlet-mini").path]
        + ["llama", "mistral-sliding", "qwen2", "qwen3"].compactMap { name in
            try? Fixtures.folder("models/\(name)").path
        }

    @Test(arguments: folders) func logitsStayNearThoseOfFloat32(_ path: String) throws {
        let folder = try ModelFolder(path: path)
        let backend = CPUBackend(threads: 1)
        let limits = ForwardLimits(maxBatchedTokens: 128, maxLogitsRows: 128, maxModelLength: 128)
        let model = try ModelLoader.load(folder: folder, backend: backend, limits: limits)
        var generator = SeededGenerator(seed: 5)
        let tokens = (0..<100).map { _ in Int32(generator.next() % UInt64(model.vocabularySize)) }
        let exact = try SequenceRunner(model: model, backend: backend, cacheType: .float32)
            .logits(tokens, allPositions: true)
        for (dtype, limit) in Self.limits {
            let rows = try SequenceRunner(model: model, backend: backend, cacheType: dtype)
                .logits(tokens, allPositions: true)
            let worst = zip(rows, exact).map { row, reference in
                let error = zip(row, reference).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
                let size = reference.reduce(0.0) { $0 + Double($1 * $1) }
                return (error / size).squareRoot()
            }.max()
            let error = try #require(worst)
            #expect(error < limit, "\(dtype.name): \(error)")
            #expect(error > 0)
        }
    }
}
