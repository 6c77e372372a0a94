import Foundation
import MartletCPUBackend
import MartletCheckpoints
import MartletTensors
import MartletTestSupport
import Testing

/// Raw blocks of every ggml format against the values that `gguf-py` gives them.
@Suite(.enabled(if: Fixtures.areExpected))
struct BlockFormatTests {
    @Test(arguments: BlockFormat.ggml.map(\.name))
    func valuesAreTheReferences(name: String) throws {
        let path = try Fixtures.folder("gguf/dequant-vectors.safetensors").path
        let file = try SafetensorsFile(path: path)
        let format = try #require(BlockFormat(ggml: name))
        let raw = try #require(file.header.entries.first { $0.name == name + ".raw" }?.entry)
        let reference = try #require(file.header.entries.first { $0.name == name + ".f32" }?.entry)
        let rows = raw.shape[0]
        #expect(raw.shape == [rows, format.byteCount] && reference.shape == [rows, format.length])
        let tensor = Tensor(
            storage: file.storage,
            offsetInBytes: raw.byteRange.lowerBound,
            dtype: .uint8,
            shape: Shape(raw.shape)
        )
        for set in InstructionSet.available {
            let backend = CPUBackend(threads: 1, instructionSet: set)
            let ids = Tensor(storage: try backend.allocate(byteCount: 4 * rows), dtype: .int32, shape: [rows])
            backend.upload((0..<rows).map { Int32($0) }, to: ids)
            let size = rows * format.length
            let storage = try backend.allocate(byteCount: 4 * size)
            let output = Tensor(storage: storage, dtype: .float32, shape: Shape(rows, format.length))
            backend.embed(ids, part: .init(blocks: tensor, format: format), into: output)
            let found = unsafe output.hostPointer(as: Float.self)
            let start = unsafe file.storage.baseAddress + reference.byteRange.lowerBound
            for index in 0..<size {
                let expected = unsafe start.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
                let value = unsafe found[index]
                #expect(value == expected || value.isNaN && expected.isNaN, "\(name), \(set), element \(index)")
            }
        }
    }
}
