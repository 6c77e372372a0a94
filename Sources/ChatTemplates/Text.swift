/// Where the bytes of a text come from.
enum Origin {
    /// The template itself, or the model's own variables.
    case template
    /// The request.
    case request
    /// Both: the sorted, disjoint, non-empty UTF-8 ranges that come from the request.
    case mixed([Range<Int>])
}

/// A Python `str` with the origin of its bytes.
///
/// - Important: Swift's `==` on `String` compares by canonical equivalence. Use `sameBytes` and `precedes`.
struct Text {
    var string: String
    var origin: Origin
    /// Whether this is `Markup`: text that escaping leaves alone.
    var isSafe = false

    init(_ string: String, _ origin: Origin = .template, isSafe: Bool = false) {
        self.string = string
        self.origin = origin
        self.isSafe = isSafe
    }

    var byteCount: Int { string.utf8.count }
    var isEmpty: Bool { string.isEmpty }
    var bytes: [UInt8] { Array(string.utf8) }

    /// The number of Unicode scalars: Python's `len`.
    var scalarCount: Int {
        var count = 0
        for byte in string.utf8 where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    var isASCII: Bool {
        for byte in string.utf8 where byte >= 0x80 { return false }
        return true
    }

    /// Another text, safe where this one is.
    func markedAlike(_ other: Text) -> Text { Text(other.string, other.origin, isSafe: isSafe) }

    /// The part between two UTF-8 offsets, both on scalar boundaries.
    func slice(_ range: Range<Int>) -> Text {
        if range.lowerBound == 0 && range.upperBound == byteCount { return Text(string, origin) }
        let utf8 = string.utf8
        let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
        let end = utf8.index(start, offsetBy: range.count)
        return Text(String(string[start..<end]), slicedOrigin(range))
    }

    func slicedOrigin(_ range: Range<Int>) -> Origin {
        guard case .mixed(let ranges) = origin else { return origin }
        // the first range that ends behind the slice's beginning
        var (first, end) = (0, ranges.count)
        while first < end {
            let middle = (first + end) / 2
            if ranges[middle].upperBound <= range.lowerBound { first = middle + 1 } else { end = middle }
        }
        var clipped: [Range<Int>] = []
        for candidate in ranges[first...] {
            if candidate.lowerBound >= range.upperBound { break }
            let part = candidate.clamped(to: range)
            clipped.append(part.lowerBound - range.lowerBound..<part.upperBound - range.lowerBound)
        }
        return Text.origin(of: clipped, count: range.count)
    }

    static func origin(of ranges: [Range<Int>], count: Int) -> Origin {
        guard let first = ranges.first else { return .template }
        return ranges.count == 1 && first.count == count ? .request : .mixed(ranges)
    }

    static func sameBytes(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    /// Python's `<` on strings: by code points, which is the order of UTF-8 bytes.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    static func + (left: Text, right: Text) -> Text {
        if right.isEmpty { return left }
        if left.isEmpty { return right }
        switch (left.origin, right.origin) {
        case (.template, .template): return Text(left.string + right.string, .template)
        case (.request, .request): return Text(left.string + right.string, .request)
        default:
            var builder = TextBuilder()
            builder.append(left)
            builder.append(right)
            return builder.text
        }
    }
}

/// Collects text piece by piece, with the origin of each.
struct TextBuilder {
    private(set) var bytes: [UInt8] = []
    /// The UTF-8 ranges that come from the request: sorted, disjoint, not adjacent.
    private(set) var ranges: [Range<Int>] = []

    var count: Int { bytes.count }

    /// The whole as a text.
    var text: Text { Text(String(decoding: bytes, as: UTF8.self), Text.origin(of: ranges, count: bytes.count)) }

    mutating func append(_ text: Text) {
        let start = bytes.count
        bytes.append(contentsOf: text.string.utf8)
        mark(text.origin, at: start)
    }

    mutating func append(_ string: String) { bytes.append(contentsOf: string.utf8) }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ byte: UInt8, isRequest: Bool) {
        bytes.append(byte)
        if isRequest { mark(bytes.count - 1..<bytes.count) }
    }

    /// Appends bytes that replace a part of a text and share its origin.
    mutating func append(_ string: String, isRequest: Bool) {
        let start = bytes.count
        bytes.append(contentsOf: string.utf8)
        if isRequest { mark(start..<bytes.count) }
    }

    /// Appends bytes that begin at that place of a text whose origin they keep.
    mutating func append(_ slice: ArraySlice<UInt8>, of text: Text) {
        let start = bytes.count
        bytes.append(contentsOf: slice)
        mark(text.slicedOrigin(slice.startIndex..<slice.endIndex), at: start)
    }

    /// Adds a range that comes from the request; it may reach back over the last ones.
    mutating func mark(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        var lower = range.lowerBound
        while let last = ranges.last, last.upperBound >= lower {
            lower = min(lower, last.lowerBound)
            ranges.removeLast()
        }
        ranges.append(lower..<range.upperBound)
    }

    private mutating func mark(_ origin: Origin, at start: Int) {
        switch origin {
        case .template: break
        case .request: mark(start..<bytes.count)
        case .mixed(let parts):
            for part in parts { mark(part.lowerBound + start..<part.upperBound + start) }
        }
    }
}

/// Asks a text, in ascending order of places, whether its bytes come from the request.
struct OriginCursor {
    private let ranges: [Range<Int>]
    private let constant: Bool?
    private var position = 0

    init(_ origin: Origin) {
        switch origin {
        case .template: (ranges, constant) = ([], false)
        case .request: (ranges, constant) = ([], true)
        case .mixed(let parts): (ranges, constant) = (parts, nil)
        }
    }

    mutating func isRequest(_ offset: Int) -> Bool {
        if let constant { return constant }
        while position < ranges.count && ranges[position].upperBound <= offset { position += 1 }
        return position < ranges.count && ranges[position].lowerBound <= offset
    }
}
