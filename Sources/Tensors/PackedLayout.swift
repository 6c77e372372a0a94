/// Where the values of a packed matrix lie.
///
/// Eight rows form a group. A group is, for every run of inputs that share a scale, eight float16 scales, one for each row,
/// and then blocks of 32 inputs: the inputs in fours, of each four the eight rows' values next to each other. int4 values
/// are stored plus 8, the first sixteen inputs of a block in the low halves of its bytes, the last sixteen in the high.
package struct PackedLayout: Sendable, Hashable {
    /// The rows of a group.
    package static let groupRows = 8
    /// The inputs of a block, the unit in which products are exact integers.
    package static let blockInputs = 32

    /// The format.
    package let format: WeightFormat
    /// The width of the input.
    package let inputCount: Int

    /// The layout of matrices of a width.
    ///
    /// - Precondition: `format` is packed.
    package init(_ format: WeightFormat, inputCount: Int) {
        precondition(format.isPacked, "\(format.name) is not packed")
        self.format = format
        self.inputCount = inputCount
    }

    /// The blocks that share a scale.
    package var blocksPerScale: Int { format.blockSize / Self.blockInputs }
    /// The runs of inputs that share a scale, the last one padded.
    package var scaleCount: Int { (inputCount + format.blockSize - 1) / format.blockSize }
    /// The blocks of a group.
    package var blockCount: Int { scaleCount * blocksPerScale }
    /// The size of a block of eight rows without scales.
    package var blockByteCount: Int { Self.groupRows * Self.blockInputs * format.bitsPerElement / 8 }
    /// The size of a group.
    package var groupByteCount: Int { scaleCount * (2 * Self.groupRows + blocksPerScale * blockByteCount) }

    /// The groups of that many rows, the last one padded.
    package func groupCount(outputs: Int) -> Int { (outputs + Self.groupRows - 1) / Self.groupRows }

    /// The values of a packed matrix, `[outputs, inputs]`, row after row.
    ///
    /// - Complexity: O(outputs × inputs), slow; the definition of the format.
    package func dequantized(_ part: Weight.Part) -> [Float] {
        let bytes = unsafe part.tensor.hostPointer(as: UInt8.self)
        return (0..<part.outputCount).flatMap { output in
            (0..<inputCount).map { input in
                let row = output % Self.groupRows
                let run = input / format.blockSize
                let runByteCount = 2 * Self.groupRows + blocksPerScale * blockByteCount
                let scaleOffset = output / Self.groupRows * groupByteCount + run * runByteCount
                let pattern =
                    unsafe UInt16(bytes[scaleOffset + 2 * row]) | UInt16(bytes[scaleOffset + 2 * row + 1]) << 8
                let scale = Float(Float16(bitPattern: pattern)) * part.factor
                let block = input % format.blockSize / Self.blockInputs
                let place = input % Self.blockInputs
                let index = place / 4 * 32 + row * 4 + place % 4
                let start = scaleOffset + 2 * Self.groupRows + block * blockByteCount
                guard format.bitsPerElement == 4 else {
                    return unsafe Float(Int8(bitPattern: bytes[start + index])) * scale
                }
                let byte = unsafe bytes[start + index % 128]
                return Float(Int(index < 128 ? byte & 15 : byte >> 4) - 8) * scale
            }
        }
    }
}
