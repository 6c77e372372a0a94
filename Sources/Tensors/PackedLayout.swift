/// Where the values of a packed matrix lie.
///
/// Eight rows form a group. A group is, for every run of inputs that share a scale, a header and then blocks of 32 inputs: the
/// inputs in fours, of each four the eight rows' values next to each other; of four-bit values, the first sixteen inputs of
/// a block in the low halves of its bytes, the last sixteen in the high.
///
/// int4, int6 and int8: the header is eight float16 scales, one for each row; int4 values are stored plus 8, int6 values plus
/// 32, behind their nibbles twice 32 bytes of two high bits for each of four fours. affine: eight float32 scales and eight
/// minima; a value is scale · integer − minimum. k4, k5: eight float16 scales and eight for minima; in front of a block's
/// values stand eight bytes that multiply the scales and eight that multiply the minima, behind the nibbles of k5 the fifth
/// bits: bit i of a byte belongs to the inputs' i-th four. k6: eight float16 scales; in front of a block's values stand eight
/// signed bytes for the scales of its first sixteen inputs and eight for the last; values are those of int6.
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
    /// The size of a block of eight rows, its own scales included.
    package var blockByteCount: Int {
        ownScalesByteCount + Self.groupRows * Self.blockInputs * format.bitsPerElement / 8
    }
    /// The size of what stands in front of a run's blocks.
    package var headerByteCount: Int {
        switch format.packing {
        case .affine4, .affine8: 8 * Self.groupRows
        case .k4, .k5: 4 * Self.groupRows
        case .int8, .int6, .int4, .k6, nil: 2 * Self.groupRows
        }
    }
    /// The size of the scales in front of a block's values.
    private var ownScalesByteCount: Int {
        switch format.packing {
        case .k4, .k5, .k6: 2 * Self.groupRows
        case .int8, .int6, .int4, .affine4, .affine8, nil: 0
        }
    }
    /// The size of a run.
    private var runByteCount: Int { headerByteCount + blocksPerScale * blockByteCount }
    /// The size of a group.
    package var groupByteCount: Int { scaleCount * runByteCount }

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
                let run =
                    unsafe bytes + output / Self.groupRows * groupByteCount + input / format.blockSize * runByteCount
                let block = unsafe run + headerByteCount + input % format.blockSize / Self.blockInputs * blockByteCount
                let place = input % Self.blockInputs
                let integer = unsafe Float(integer(block + ownScalesByteCount, row: row, place: place))
                let (scale, minimum) = unsafe scale(run, block, row: row, half: place / 16)
                return integer * scale * part.factor - minimum
            }
        }
    }

    /// The stored integer of a row's input.
    @unsafe
    private func integer(_ data: UnsafePointer<UInt8>, row: Int, place: Int) -> Int {
        let (four, column) = (place / 4, row * 4 + place % 4)
        let index = four * 32 + column
        guard format.bitsPerElement < 8 else { return unsafe Int(Int8(bitPattern: data[index])) }
        let nibble = unsafe Int(index < 128 ? data[index] & 15 : data[index - 128] >> 4)
        switch format.packing {
        case .int4: return nibble - 8
        case .k5: return unsafe nibble | Int(data[128 + column] >> UInt8(four) & 1) << 4
        case .int6, .k6:
            let high = unsafe data[128 + four / 4 * 32 + column] >> UInt8(four % 4 * 2) & 3
            return (nibble | Int(high) << 4) - 32
        default: return nibble
        }
    }

    /// The scale and the minimum of a row's values in a half of a block.
    @unsafe
    private func scale(
        _ run: UnsafePointer<UInt8>,
        _ block: UnsafePointer<UInt8>,
        row: Int,
        half: Int
    ) -> (scale: Float, minimum: Float) {
        func float16(_ index: Int) -> Float {
            let pattern = unsafe UnsafeRawPointer(run).loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
            return Float(Float16(bitPattern: pattern))
        }
        func float32(_ index: Int) -> Float {
            unsafe UnsafeRawPointer(run).loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        }
        switch format.packing {
        case .affine4, .affine8: return (float32(row), float32(Self.groupRows + row))
        case .k4, .k5:
            return unsafe (
                float16(row) * Float(block[row]),
                float16(Self.groupRows + row) * Float(block[Self.groupRows + row])
            )
        case .k6: return unsafe (float16(row) * Float(Int8(bitPattern: block[Self.groupRows * half + row])), 0)
        case .int8, .int6, .int4, nil: return (float16(row), 0)
        }
    }
}
