/// Eight exponentials at once, for arguments at most 0.
///
/// Powers of two by the exponent field, the rest by a polynomial of degree 6 on ±ln2/2; the relative error is below
/// 3e-7. Arguments below −87 give 0, NaN gives NaN. Only additions, multiplications and bit patterns: the same bits on
/// every machine of an instruction set.
@inline(__always)
func exponential(_ argument: SIMD8<Float>) -> SIMD8<Float> {
    let isTiny = argument .< -87
    let clamped = argument.replacing(with: -87, where: isTiny)
    // 1.5 × 2²³ moves the rounded quotient into the low bits of the significand
    let magic = SIMD8<Float>(repeating: 12_582_912)
    let shifted = clamped * 1.442_695_04 + magic
    let quotient = shifted - magic
    let rest = (clamped - quotient * 0.693_359_375) + quotient * 2.121_944_4e-4
    var sum = rest * (1.0 / 720) + (1.0 / 120)
    sum = sum * rest + (1.0 / 24)
    sum = sum * rest + (1.0 / 6)
    sum = sum * rest + 0.5
    sum = sum * rest + 1
    sum = sum * rest + 1
    let exponent = unsafe (unsafeBitCast(shifted, to: SIMD8<Int32>.self) &+ (127 &- 0x4b40_0000)) &<< 23
    let power = unsafe unsafeBitCast(exponent, to: SIMD8<Float>.self)
    return (sum * power).replacing(with: 0, where: isTiny)
}

/// One exponential for an argument at most 0, with the bits of the eight at once.
@inline(__always)
func exponential(_ argument: Float) -> Float {
    guard !(argument < -87) else { return 0 }
    let magic: Float = 12_582_912
    let shifted = argument * 1.442_695_04 + magic
    let quotient = shifted - magic
    let rest = (argument - quotient * 0.693_359_375) + quotient * 2.121_944_4e-4
    var sum = rest * (1.0 / 720) + (1.0 / 120)
    sum = sum * rest + (1.0 / 24)
    sum = sum * rest + (1.0 / 6)
    sum = sum * rest + 0.5
    sum = sum * rest + 1
    sum = sum * rest + 1
    let exponent = (Int32(bitPattern: shifted.bitPattern) &+ (127 &- 0x4b40_0000)) &<< 23
    return sum * Float(bitPattern: UInt32(bitPattern: exponent))
}
