import CMartletKernels
import MartletTensors

/// A product whose inputs lie as the kernels take them, in chunks of rows that any thread may compute.
@safe
struct PreparedProduct {
    /// What all chunks have in common; weights and outputs differ.
    @unsafe
    enum Arguments {
        case plain(ck_linear)
        case packed(ck_packed_linear)
    }

    let weight: Weight
    let output: Tensor
    let arguments: Arguments
    /// The rows of a chunk; the last of a part may have fewer.
    let rowsPerChunk: Int
    /// The chunks of all parts.
    let chunkCount: Int

    @unsafe
    init(_ product: LinearProduct, arguments: Arguments, rowsPerChunk: Int) {
        weight = product.weight
        output = product.output
        unsafe self.arguments = unsafe arguments
        self.rowsPerChunk = rowsPerChunk
        chunkCount = product.weight.chunkCount(perChunk: rowsPerChunk)
    }
}

extension Weight {
    /// The number of chunks when no chunk has rows of two parts.
    func chunkCount(perChunk: Int) -> Int {
        parts.reduce(0) { $0 + ($1.outputCount + perChunk - 1) / perChunk }
    }

    /// The rows of a chunk, and the column where their part's products begin.
    func rows(ofChunk chunk: Int, perChunk: Int) -> (part: Part, rows: Range<Int>, column: Int) {
        var first = chunk
        var column = 0
        for part in parts {
            let count = (part.outputCount + perChunk - 1) / perChunk
            if first < count {
                let begin = first * perChunk
                return (part, begin..<min(begin + perChunk, part.outputCount), column)
            }
            first -= count
            column += part.outputCount
        }
        preconditionFailure("chunk \(chunk) of \(chunkCount(perChunk: perChunk))")
    }
}
