/// Random identifiers of responses and tool calls.
package enum RandomID {
    /// That many random hexadecimal digits.
    package static func hex(_ count: Int) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var pool: UInt64 = 0
        for position in 0..<count {
            if position % 16 == 0 { pool = generator.next() }
            bytes.append(digits[Int(pool & 15)])
            pool >>= 4
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
