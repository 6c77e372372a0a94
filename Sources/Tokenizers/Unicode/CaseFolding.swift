/// What code points are taken for where a pattern ignores case.
struct CaseFolding: Sendable {
    /// The tables, built at first use.
    static let shared = CaseFolding()

    /// The code points that equal several, and these.
    let multiples: [(scalar: UInt32, text: [UInt32])]
    private var singles: [UInt32: UInt32] = [:]
    private var severals: [UInt32: [UInt32]] = [:]
    private var equals: [UInt32: [UInt32]] = [:]

    private init() {
        var last: UInt32 = 0
        for entry in CaseFoldingTable.singles.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }) {
            let parts = entry.split(separator: UInt8(ascii: ":")).map(Self.number)
            last += parts[0]
            let target = last - parts[1]
            singles[last] = target
            equals[target, default: [target]].append(last)
        }
        last = 0
        var multiples: [(scalar: UInt32, text: [UInt32])] = []
        for entry in CaseFoldingTable.multiples.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A }) {
            let parts = entry.split(separator: UInt8(ascii: ":"))
            last += Self.number(parts[0])
            multiples.append((last, parts[1].split(separator: UInt8(ascii: ",")).map(Self.number)))
        }
        self.multiples = multiples
        for (scalar, text) in multiples { severals[scalar] = text.map { singles[$0] ?? $0 } }
    }

    private static func number(_ digits: some Sequence<UInt8>) -> UInt32 {
        digits.reduce(0) { $0 * 36 + UInt32(base36Value($1) ?? 0) }
    }

    /// The code point that stands for all that equal this one.
    func single(_ scalar: UInt32) -> UInt32 { singles[scalar] ?? scalar }

    /// The several code points that this one equals, each standing for its equals.
    func several(_ scalar: UInt32) -> [UInt32]? { severals[scalar] }

    /// Whether code points of a text, each standing for its equals, may together equal one.
    func mayJoin(_ text: [UInt32]) -> Bool {
        guard text.count > 1 else { return false }
        return severals.values.contains { several in
            text.count >= several.count
                && (0...(text.count - several.count)).contains { text[$0...].starts(with: several) }
        }
    }

    /// All code points that equal this one, itself included.
    func equals(_ scalar: UInt32) -> [UInt32] { equals[single(scalar)] ?? [scalar] }

    /// The set with all that equal one of its members.
    func closure(_ set: ScalarSet) -> ScalarSet {
        let table = ScalarClasses.shared
        var missing: [ClosedRange<UInt32>] = []
        for group in equals.values {
            let inside = group.count { set.contains($0, table) }
            if inside > 0, inside < group.count { missing += group.map { $0...$0 } }
        }
        guard !missing.isEmpty else { return set }
        var result = set
        result.formUnion(ScalarSet(ranges: missing))
        return result
    }
}
