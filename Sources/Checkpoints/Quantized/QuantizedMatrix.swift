package import MartletTensors

/// A quantized matrix as a checkpoint holds it, and how its rows become blocks that are computed with.
///
/// Values stay what they are: integers and FP8 are moved, never rounded again.
@safe
package struct QuantizedMatrix: Sendable {
    /// Writes the elements of some rows, row after row at a distance of bytes: unsigned integers, FP8, or whole blocks.
    typealias Elements = @Sendable (Range<Int>, UnsafeMutablePointer<UInt8>, _ stride: Int) -> Void

    /// What the rows' blocks are.
    package let format: BlockFormat
    /// The number of rows.
    package let outputCount: Int
    /// The number of columns.
    package let inputCount: Int
    /// The place among the inputs of each column; `nil` where they are in order.
    package let inputOrder: [Int32]?
    /// The names of the tensors that it is made of.
    package let sources: [String]
    private let groups: Groups?
    private let elements: Elements

    /// The scales and zero points of a matrix's groups.
    struct Groups: Sendable {
        /// The columns that share a scale.
        let size: Int
        /// The bits of a scale, of the type that the format names.
        let scale: @Sendable (_ row: Int, _ group: Int) -> UInt32
        /// What is taken from unsigned integers.
        let zero: @Sendable (_ row: Int, _ group: Int) -> Int
    }

    /// Rows of groups.
    init(
        format: BlockFormat,
        shape: (outputs: Int, inputs: Int),
        groups: Groups,
        inputOrder: [Int32]? = nil,
        sources: [String],
        elements: @escaping Elements
    ) {
        self.format = format
        (outputCount, inputCount) = shape
        self.groups = groups
        self.inputOrder = inputOrder
        self.sources = sources
        unsafe self.elements = elements
    }

    /// Rows whose elements come as whole blocks.
    init(
        blocks format: BlockFormat,
        shape: (outputs: Int, inputs: Int),
        sources: [String],
        elements: @escaping Elements
    ) {
        self.format = format
        (outputCount, inputCount) = shape
        groups = nil
        inputOrder = nil
        self.sources = sources
        unsafe self.elements = elements
    }

    /// The size of a row of blocks.
    package var rowByteCount: Int { format.rowByteCount(inputs: inputCount) }

    /// The format of groups of that many columns, in blocks of at most 128.
    ///
    /// - Returns: `nil` where groups are not whole runs of 32 columns.
    static func format(
        _ coding: BlockFormat.Coding,
        groupSize: Int,
        inputs: Int,
        scaleType: DType
    ) -> BlockFormat? {
        guard groupSize < inputs else { return BlockFormat(grouped: coding, length: 128, scaleType: scaleType) }
        guard let length = [128, 64, 32].first(where: { groupSize % $0 == 0 }) else { return nil }
        return BlockFormat(grouped: coding, length: length, scaleType: scaleType)
    }

    /// Writes the blocks of some rows; different rows may be written at once.
    ///
    /// - Parameters:
    ///   - rows: which.
    ///   - destination: where row 0 begins; rows follow each other.
    @unsafe
    package func fill(_ rows: Range<Int>, into destination: UnsafeMutableRawPointer) {
        guard let groups else {
            let start = unsafe (destination + rows.lowerBound * rowByteCount).assumingMemoryBound(to: UInt8.self)
            unsafe elements(rows, start, rowByteCount)
            return
        }
        let blocks = (inputCount + format.length - 1) / format.length
        let stride = blocks * format.length
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: stride * rows.count) { buffer in
            guard let integers = buffer.baseAddress else { return }
            unsafe integers.update(repeating: 0, count: stride * rows.count)
            unsafe elements(rows, integers, stride)
            for row in rows {
                var to = unsafe destination + row * rowByteCount
                var from = unsafe UnsafePointer(integers + (row - rows.lowerBound) * stride)
                for block in 0..<blocks {
                    let group = min(block * format.length, inputCount - 1) / groups.size
                    unsafe write(to, from, groups.scale(row, group), groups.zero(row, group))
                    unsafe to += format.byteCount
                    unsafe from += format.length
                }
            }
        }
    }

    /// Writes one block.
    @unsafe
    private func write(
        _ to: UnsafeMutableRawPointer,
        _ from: UnsafePointer<UInt8>,
        _ scale: UInt32,
        _ zero: Int
    ) {
        let size = format.scaleType.byteCount
        if size == 4 {
            unsafe to.storeBytes(of: scale, as: UInt32.self)
        } else {
            unsafe to.storeBytes(of: UInt16(truncatingIfNeeded: scale), as: UInt16.self)
        }
        if format.coding == .groupedFP8 {
            unsafe (to + size).copyMemory(from: from, byteCount: format.length)
            return
        }
        let offset = format.coding == .grouped8 ? 128 : 0
        unsafe to.storeBytes(of: Int16(truncatingIfNeeded: zero - offset), toByteOffset: size, as: Int16.self)
        let data = unsafe to + size + 2
        if format.coding == .grouped4 {
            for run in 0..<(format.length / 32) {
                let low = unsafe UnsafeRawPointer(from + 32 * run).loadUnaligned(as: SIMD16<UInt8>.self)
                let high = unsafe UnsafeRawPointer(from + 32 * run + 16).loadUnaligned(as: SIMD16<UInt8>.self)
                unsafe data.storeBytes(of: low | high &<< 4, toByteOffset: 16 * run, as: SIMD16<UInt8>.self)
            }
        } else {
            for run in 0..<(format.length / 16) {
                let bytes = unsafe UnsafeRawPointer(from + 16 * run).loadUnaligned(as: SIMD16<UInt8>.self)
                let moved = bytes ^ SIMD16(repeating: 0x80)
                unsafe data.storeBytes(of: moved, toByteOffset: 16 * run, as: SIMD16<UInt8>.self)
            }
        }
    }
}
