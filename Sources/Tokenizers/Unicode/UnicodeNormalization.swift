/// The four Unicode normalization forms over UTF-8, with the reference's own tables.
struct UnicodeNormalization: Sendable {
    /// The tables, built at first use.
    static let shared = UnicodeNormalization()

    private var canonical: [UInt32: [UInt32]] = [:]
    private var compatible: [UInt32: [UInt32]] = [:]
    private var combiningClasses: [UInt32: UInt8] = [:]
    private var compositions: [UInt64: UInt32] = [:]
    /// One bit per code point: whether canonical normalization can change or move it or join it to what precedes.
    private var isActive = [UInt64](repeating: 0, count: 0x110000 / 64)

    private init() {
        var composites: [UInt32] = []
        Self.read(CanonicalTable.decompositions) { scalar, parts, composes in
            canonical[scalar] = parts
            if composes { composites.append(scalar) }
        }
        Self.read(CompatibilityTable.decompositions) { scalar, parts, _ in compatible[scalar] = parts }
        Self.read(CanonicalTable.combiningClasses) { scalar, parts, _ in combiningClasses[scalar] = UInt8(parts[0]) }
        composites.sort { (canonical[$0]?.count ?? 0, $0) < (canonical[$1]?.count ?? 0, $1) }
        for composite in composites { addComposition(composite) }
        for scalar in canonical.keys { activate(scalar) }
        for scalar in combiningClasses.keys { activate(scalar) }
        for key in compositions.keys { activate(UInt32(key & 0xFFFF_FFFF)) }
        for scalar in Hangul.vowels { activate(scalar) }
        for scalar in Hangul.tails { activate(scalar) }
        for scalar in Hangul.syllables { activate(scalar) }
    }

    private mutating func activate(_ scalar: UInt32) {
        isActive[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63)
    }

    /// A composite's parts but the last compose to one code point, since shorter composites were added before.
    private mutating func addComposition(_ composite: UInt32) {
        guard let parts = canonical[composite], let last = parts.last else { return }
        var first = parts[0]
        for part in parts.dropFirst().dropLast() {
            guard let joined = compositions[UInt64(first) << 32 | UInt64(part)] else { return }
            first = joined
        }
        compositions[UInt64(first) << 32 | UInt64(last)] = composite
    }

    private static func read(_ table: String, _ body: (UInt32, [UInt32], Bool) -> Void) {
        var scalar: UInt32 = 0
        var parts: [UInt32] = []
        var value: UInt32 = 0
        var composes = true
        var isStep = true
        for byte in table.utf8 {
            if let digit = base36Value(byte) {
                value = value * 36 + UInt32(digit)
                continue
            }
            if isStep {
                scalar += value
                isStep = false
                composes = byte == UInt8(ascii: ":")
            } else {
                parts.append(value)
                if byte != UInt8(ascii: ",") {
                    body(scalar, parts, composes)
                    parts = []
                    isStep = true
                }
            }
            value = 0
        }
        parts.append(value)
        body(scalar, parts, composes)
    }

    /// The text in normalization form C (or KC when `isCompatible`).
    func composed(_ bytes: [UInt8], isCompatible: Bool = false) -> [UInt8] {
        guard needsWork(bytes, isCompatible) else { return bytes }
        return encode(compose(decompose(bytes, isCompatible)))
    }

    /// The text in normalization form D (or KD when `isCompatible`).
    func decomposed(_ bytes: [UInt8], isCompatible: Bool = false) -> [UInt8] {
        guard needsWork(bytes, isCompatible) else { return bytes }
        return encode(decompose(bytes, isCompatible))
    }

    private func needsWork(_ bytes: [UInt8], _ isCompatible: Bool) -> Bool {
        var offset = 0
        while offset < bytes.count {
            if bytes[offset] < 0x80 {
                offset += 1
                continue
            }
            let (scalar, length) = decodeScalar(bytes, offset)
            if isActive[Int(scalar >> 6)] >> UInt64(scalar & 63) & 1 != 0 { return true }
            if isCompatible, compatible[scalar] != nil { return true }
            offset += length
        }
        return false
    }

    private func encode(_ scalars: [UInt32]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(scalars.count * 2)
        for scalar in scalars { appendScalar(scalar, to: &bytes) }
        return bytes
    }

    private func decompose(_ bytes: [UInt8], _ isCompatible: Bool) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(bytes.count)
        var markStart: Int?
        func append(_ scalar: UInt32) {
            if combiningClasses[scalar] == nil {
                if let start = markStart { order(&result, from: start) }
                markStart = nil
            } else if markStart == nil {
                markStart = result.count
            }
            result.append(scalar)
        }
        var offset = 0
        while offset < bytes.count {
            let (scalar, length) = decodeScalar(bytes, offset)
            offset += length
            if scalar < 0xA0 {
                append(scalar)
            } else if Hangul.syllables.contains(scalar) {
                Hangul.decompose(scalar).forEach(append)
            } else if isCompatible, let parts = compatible[scalar] {
                parts.forEach(append)
            } else if let parts = canonical[scalar] {
                parts.forEach(append)
            } else {
                append(scalar)
            }
        }
        if let start = markStart { order(&result, from: start) }
        return result
    }

    /// Sorts a run of marks by combining class, keeping the order of equal ones.
    private func order(_ scalars: inout [UInt32], from start: Int) {
        guard scalars.count - start > 1 else { return }
        let marks = scalars[start...].enumerated().map { (combiningClasses[$1] ?? 0, $0, $1) }
        scalars.replaceSubrange(start..., with: marks.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { $0.2 })
    }

    private func compose(_ scalars: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(scalars.count)
        var starter: Int?
        var lastClass: UInt8 = 0
        for scalar in scalars {
            let combiningClass = combiningClasses[scalar] ?? 0
            if let index = starter {
                let isBlocked = result.count - 1 > index && (lastClass >= combiningClass)
                if !isBlocked, let joined = composition(result[index], scalar) {
                    result[index] = joined
                    continue
                }
            }
            if combiningClass == 0 { starter = result.count }
            lastClass = combiningClass
            result.append(scalar)
        }
        return result
    }

    private func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.compose(first, second) ?? compositions[UInt64(first) << 32 | UInt64(second)]
    }
}

/// The arithmetic of Hangul syllables.
private enum Hangul {
    static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
    static let leads: Range<UInt32> = 0x1100..<0x1113
    static let vowels: Range<UInt32> = 0x1161..<0x1176
    static let tails: Range<UInt32> = 0x11A8..<0x11C3

    static func decompose(_ syllable: UInt32) -> [UInt32] {
        let index = syllable - syllables.lowerBound
        let pair = [leads.lowerBound + index / 588, vowels.lowerBound + index % 588 / 28]
        return index % 28 == 0 ? pair : pair + [tails.lowerBound - 1 + index % 28]
    }

    static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if leads.contains(first), vowels.contains(second) {
            return syllables.lowerBound + (first - leads.lowerBound) * 588 + (second - vowels.lowerBound) * 28
        }
        if tails.contains(second), syllables.contains(first), (first - syllables.lowerBound) % 28 == 0 {
            return first + second - tails.lowerBound + 1
        }
        return nil
    }
}
