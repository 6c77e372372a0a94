import MartletCPUBackend
import MartletCheckpoints
import MartletModels
import MartletTensors
import MartletTestSupport
import Testing

@Suite struct CheckpointQuantizerTests {
    /// The greatest difference of a logit between a model and what is written of it.
    private func difference(bits: Int, dtype: DType) throws -> (logits: Float, greatest: Float) {
        var tiny = TinyModel()
        tiny.dtype = dtype
        tiny.intermediateSize = 64
        let source = try tiny.makeFolder()
        let target = try TemporaryFolder()
        let backend = CPUBackend(threads: 2)
        let quantizer = try CheckpointQuantizer(
            try ModelFolder(path: source.path),
            options: .init(bits: bits, groupSize: 32)
        )
        let summary = try quantizer.write(to: target.path, backend: backend)
        #expect(summary.matrixCount == 7 * tiny.layerCount)
        #expect(summary.byteCounts.after < summary.byteCounts.before)
        let written = try ModelFolder(path: target.path)
        #expect(try ModelLoader(folder: written).schemeName == "compressed-tensors")
        let tokens: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6]
        func logits(_ folder: ModelFolder) throws -> [Float] {
            try Golden.runner(folder, maxModelLength: 64).logits(tokens, allPositions: true).flatMap { $0 }
        }
        let (found, expected) = (try logits(written), try logits(try ModelFolder(path: source.path)))
        let worst = zip(found, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        return (worst, expected.reduce(0) { max($0, abs($1)) })
    }

    @Test(arguments: [DType.float32, .bfloat16, .float16])
    func eightBitsHardlyChangeLogits(dtype: DType) throws {
        let (worst, greatest) = try difference(bits: 8, dtype: dtype)
        #expect(worst > 0 && worst < 0.03 * greatest, "\(worst) of \(greatest)")
    }

    @Test func fourBitsChangeLogitsALittle() throws {
        let (worst, greatest) = try difference(bits: 4, dtype: .bfloat16)
        #expect(worst > 0 && worst < 0.5 * greatest, "\(worst) of \(greatest)")
    }

    @Test func whatIsQuantizedIsNotQuantizedAgain() throws {
        let source = try TinyModel().makeFolder()
        let target = try TemporaryFolder()
        let options = CheckpointQuantizer.Options(bits: 4, groupSize: 32)
        let backend = CPUBackend(threads: 1)
        _ = try CheckpointQuantizer(try ModelFolder(path: source.path), options: options)
            .write(to: target.path, backend: backend)
        let written = try ModelFolder(path: target.path)
        #expect(throws: ModelError.self) { try CheckpointQuantizer(written, options: options) }
        let again = ModelLoader.Options(quantization: Quantization(layers: .int8, output: nil))
        let error = try #require(throws: ModelError.self) { try ModelLoader(folder: written, options: again) }
        #expect("\(error)".contains("compressed-tensors"))
        let other = try #require(throws: ModelError.self) {
            try ModelLoader(folder: written, options: .init(scheme: "gptq_marlin"))
        }
        #expect("\(other)".contains("gptq_marlin") && "\(other)".contains("compressed-tensors"))
        #expect(throws: Never.self) { try ModelLoader(folder: written, options: .init(scheme: "compressed-tensors")) }
    }
}
