/// Cuts text into extended grapheme clusters.
enum GraphemeClusters {
    /// Calls back with every cluster of valid UTF-8 in order.
    ///
    /// - Complexity: O(bytes).
    static func forEach(in bytes: [UInt8], _ body: (Range<Int>) -> Void) {
        var start = 0
        while start < bytes.count {
            var end = start + 1
            while end < bytes.count, !isBoundary(end, bytes) { end += 1 }
            if end - start == 1 {
                body(start..<end)
            } else {
                var position = start
                for character in String(decoding: bytes[start..<end], as: UTF8.self) {
                    let next = position + character.utf8.count
                    body(position..<next)
                    position = next
                }
            }
            start = end
        }
    }

    /// Whether two ASCII characters meet that always are clusters of their own.
    @inline(__always)
    private static func isBoundary(_ position: Int, _ bytes: [UInt8]) -> Bool {
        let previous = bytes[position - 1]
        let next = bytes[position]
        return previous < 0x80 && next < 0x80 && !(previous == 0x0D && next == 0x0A)
    }
}
