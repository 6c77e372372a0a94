import MartletCheckpoints
import MartletTensors

/// Rounds groups of weights to integers with a symmetric scale.
struct GroupQuantizer: Sendable {
    /// The integers' width: 4 or 8.
    let bits: Int
    /// The weights that share a scale.
    let groupSize: Int
    /// float16 or bfloat16.
    let scaleType: DType

    private var greatest: Float { Float(1 << (bits - 1) - 1) }

    /// Quantizes a row.
    ///
    /// - Parameters:
    ///   - row: `[1, inputs]`, of a plain type.
    ///   - words: where the integers go, plus half their range, from the lowest bits of each byte on.
    ///   - scales: where the groups' scales go.
    /// - Returns: whether all weights are finite.
    @unsafe
    func quantize(_ row: Tensor, words: UnsafeMutableRawPointer, scales: UnsafeMutableRawPointer) -> Bool {
        let plain = row.dtype == .float32 ? row : row.converted(to: .float32)
        let values = unsafe plain.hostPointer(as: Float.self)
        var isFinite = true
        for group in 0..<(row.shape[1] / groupSize) {
            let x = unsafe UnsafeBufferPointer(start: values + group * groupSize, count: groupSize)
            let extreme = unsafe x.reduce(Float(0)) { $1.isFinite ? max($0, abs($1)) : .infinity }
            isFinite = isFinite && extreme.isFinite
            guard isFinite else { return false }
            let (scale, pattern) = unsafe best(x, extreme)
            unsafe scales.storeBytes(of: pattern, toByteOffset: 2 * group, as: UInt16.self)
            unsafe write(x, scale, words + group * groupSize * bits / 8)
        }
        return true
    }

    /// The scale, as it is stored, of the least squared error among some.
    @unsafe
    private func best(_ x: UnsafeBufferPointer<Float>, _ extreme: Float) -> (Float, UInt16) {
        let steps: [Float] = bits == 8 ? [0] : [0, 0.25, 0.5, 0.75, 1]
        var best = (scale: Float(0), pattern: UInt16(0), error: Float.infinity)
        for step in steps {
            let (scale, pattern) = rounded(extreme / (greatest + step))
            let error = unsafe x.reduce(Float(0)) { sum, value in
                let difference = value - integer(value, scale) * scale
                return sum + difference * difference
            }
            if error < best.error { best = (scale, pattern, error) }
        }
        return (best.scale, best.pattern)
    }

    /// A scale as its type holds it.
    private func rounded(_ scale: Float) -> (Float, UInt16) {
        if scaleType == .float16 {
            let half = Float16(scale)
            return (Float(half), half.bitPattern)
        }
        let bits = scale.bitPattern
        let pattern = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
        return (Float(bitPattern: UInt32(pattern) << 16), pattern)
    }

    private func integer(_ value: Float, _ scale: Float) -> Float {
        guard scale > 0 else { return 0 }
        return min(max((value / scale).rounded(.toNearestOrEven), -greatest - 1), greatest)
    }

    @unsafe
    private func write(_ x: UnsafeBufferPointer<Float>, _ scale: Float, _ words: UnsafeMutableRawPointer) {
        let offset = Int(greatest) + 1
        for index in 0..<(groupSize * bits / 8) {
            if bits == 8 {
                let value = unsafe UInt8(Int(integer(x[index], scale)) + offset)
                unsafe words.storeBytes(of: value, toByteOffset: index, as: UInt8.self)
                continue
            }
            let low = unsafe UInt8(Int(integer(x[2 * index], scale)) + offset)
            let high = unsafe UInt8(Int(integer(x[2 * index + 1], scale)) + offset)
            unsafe words.storeBytes(of: low | high << 4, toByteOffset: index, as: UInt8.self)
        }
    }
}
