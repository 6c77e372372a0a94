/// Random numbers that are a function of a key and a counter, so that a draw does not depend on what was drawn before it.
///
/// Two rounds of the splitmix64 finalizer (Steele, Lea, Flood 2014) over key and counter: every bit of both reaches every
/// bit of the result. Not for secrets.
package enum CounterRandom {
    /// A number in [0, 1) with 53 random bits.
    package static func uniform(key: UInt64, counter: Int) -> Double {
        Double(bits(key: key, counter: UInt64(counter)) >> 11) * 0x1p-53
    }

    /// 64 random bits.
    package static func bits(key: UInt64, counter: UInt64) -> UInt64 {
        mix(mix(key &+ 0x9e37_79b9_7f4a_7c15) ^ mix(counter &* 0xd1b5_4a32_d192_ed03 &+ 0x8cb9_2ba7_2f3d_8dd7))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
