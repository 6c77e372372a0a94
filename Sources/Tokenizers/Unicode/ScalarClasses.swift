/// The classes of code points as the reference's parts see them: general categories and a few tests.
///
/// Every code point belongs to one of fewer than 64 classes, so that a set of classes is one 64-bit mask.
struct ScalarClasses: Sendable {
    /// The table, built at first use.
    static let shared = ScalarClasses()

    /// The code points of `\s`: White_Space.
    private(set) var whitespace: UInt64 = 0
    /// The code points that the `Punctuation` splitter takes for punctuation.
    private(set) var punctuation: UInt64 = 0
    /// `\w` where added tokens look for word boundaries.
    private(set) var word: UInt64 = 0
    /// `\w` in patterns.
    private(set) var patternWord: UInt64 = 0
    /// The code points that the `Digits` splitter takes for digits.
    private(set) var numeric: UInt64 = 0
    /// The code points that `StripAccents` takes away.
    private(set) var accents: UInt64 = 0
    /// Per general category of two letters, its classes.
    private(set) var categories: [String: UInt64] = [:]

    /// All classes.
    private(set) var all: UInt64 = 0

    private var blocks: [UInt16] = []
    /// The runs of code points of one class: where each begins, and its class.
    private var runs: [(start: UInt32, index: UInt8)] = []
    private var classes: [UInt8] = []

    private init() {
        let names = CategoryTable.classes.split { $0 == " " || $0 == "\n" }
        for (index, name) in names.enumerated() { addClass(index, Array(name.utf8)) }
        fill()
    }

    private mutating func addClass(_ index: Int, _ name: [UInt8]) {
        let bit: UInt64 = 1 << UInt64(index)
        let category = String(decoding: name[..<2], as: UTF8.self)
        all |= bit
        categories[category, default: 0] |= bit
        if category.utf8.first == UInt8(ascii: "Z") { whitespace |= bit }
        let one = UInt8(ascii: "1")
        if name[2] == one { punctuation |= bit }
        if name[3] == one { word |= bit }
        if name[4] == one { patternWord |= bit }
        if name[5] == one { numeric |= bit }
        if name[6] == one { accents |= bit }
    }

    /// Expands the runs, and gives the control characters that are white space a class of their own.
    private mutating func fill() {
        var symbolOf = [UInt8](repeating: 0, count: 128)
        for (index, byte) in CategoryTable.symbols.utf8.enumerated() { symbolOf[Int(byte)] = UInt8(index) }
        var flat = [UInt8](repeating: 0, count: 0x110000)
        var start = 0
        var symbol: UInt8?
        var length = 0
        func flush() {
            guard let symbol else { return }
            let end = start + max(length, 1)
            for index in start..<end { flat[index] = symbol }
            start = end
        }
        for byte in CategoryTable.runs.utf8 {
            if let digit = base36Value(byte) {
                length = length * 36 + digit
            } else {
                flush()
                symbol = symbolOf[Int(byte)]
                length = 0
            }
        }
        flush()
        let control = UInt8(all.nonzeroBitCount)
        all |= 1 << UInt64(control)
        whitespace |= 1 << UInt64(control)
        categories["Cc", default: 0] |= 1 << UInt64(control)
        for index in [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85] { flat[index] = control }
        for index in flat.indices where index == 0 || flat[index] != flat[index - 1] {
            runs.append((UInt32(index), flat[index]))
        }
        compress(flat)
    }

    private mutating func compress(_ flat: [UInt8]) {
        var seen: [ArraySlice<UInt8>: UInt16] = [:]
        for start in stride(from: 0, to: flat.count, by: 256) {
            let block = flat[start..<(start + 256)]
            if let index = seen[block] {
                blocks.append(index)
            } else {
                let index = UInt16(seen.count)
                seen[block] = index
                blocks.append(index)
                classes.append(contentsOf: block)
            }
        }
    }

    /// The bit of the code point's class.
    @inline(__always)
    func bit(_ scalar: UInt32) -> UInt64 {
        1 << UInt64(classes[Int(blocks[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)])
    }

    /// The code points of the classes as ranges in order.
    func ranges(of classes: UInt64) -> [ClosedRange<UInt32>] {
        if classes == 0 { return [] }
        return runs.indices.compactMap { index in
            guard classes >> UInt64(runs[index].index) & 1 == 1 else { return nil }
            let end = index + 1 < runs.count ? runs[index + 1].start - 1 : 0x10FFFF
            return runs[index].start...end
        }
    }

    /// The classes of a category of one letter or two, or `nil` when there is none of that name.
    func category(_ name: String) -> UInt64? {
        let name = name.prefix(1).uppercased() + name.dropFirst()
        if let mask = categories[name] { return mask }
        guard name.utf8.count == 1 else { return nil }
        let masks = categories.filter { $0.key.hasPrefix(name) }.values
        return masks.isEmpty ? nil : masks.reduce(0, |)
    }
}

/// The value of a digit 0–9, a–z, or `nil` for another byte.
@inline(__always)
func base36Value(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a")) + 10
    default: nil
    }
}
