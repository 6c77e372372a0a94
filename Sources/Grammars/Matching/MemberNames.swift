/// The names of the members of a text's objects that the schema does not name: each may come once per object.
///
/// Rules cannot remember names. A matcher follows them beside its states, and takes the tokens that would complete a name
/// again out of the mask.
struct MemberNames: Sendable {
    /// The members of one object.
    struct Members: Sendable {
        /// The names that are complete.
        var known: Set<[UInt32]> = []
        /// The name that has begun.
        var current: MemberName?
    }

    /// Per object, numbered by what follows it.
    private(set) var objects: [Int32: Members] = [:]

    /// Whether any name could come again.
    var isEmpty: Bool { objects.values.allSatisfy(\.known.isEmpty) }

    /// An object begins.
    mutating func open(_ object: Int32) { objects[object] = Members() }

    /// A byte of a name comes.
    ///
    /// - Returns: whether it completes a name that is known already.
    mutating func take(_ byte: UInt8, of object: Int32, begins: Bool, ends: Bool) -> Bool {
        var members = objects.removeValue(forKey: object) ?? Members()
        defer { objects[object] = members }
        if begins {
            members.current = MemberName()
            return false
        }
        guard ends else {
            members.current?.append(byte)
            return false
        }
        guard let name = members.current else { return false }
        members.current = nil
        return !members.known.insert(name.scalars).inserted
    }

    /// The same names under other numbers of the objects.
    func renumbered(_ number: (Int32) -> Int32) -> MemberNames {
        var result = MemberNames()
        for (object, members) in objects { result.objects[number(object)] = members }
        return result
    }
}

/// A name as far as it has come, without the escapes of JSON.
struct MemberName: Sendable, Hashable {
    /// The scalars that are complete.
    private(set) var scalars: [UInt32] = []
    /// The bytes of an unfinished one.
    private var pending: [UInt8] = []

    /// Whether a backslash stands before the next byte, or digits of an escape are missing.
    var isEscaping: Bool { !pending.isEmpty }

    /// Whether the name can still become one of these.
    func canBecome(_ names: Set<[UInt32]>) -> Bool { !pending.isEmpty || names.contains { $0.starts(with: scalars) } }

    /// Takes a byte from within the quotes.
    mutating func append(_ byte: UInt8) {
        if pending.isEmpty, byte < 0x80, byte != UInt8(ascii: "\\") {
            scalars.append(UInt32(byte))
            return
        }
        pending.append(byte)
        guard let scalar = pending[0] == UInt8(ascii: "\\") ? escaped() : whole() else { return }
        scalars.append(scalar)
        pending.removeAll(keepingCapacity: true)
    }

    private func whole() -> UInt32? {
        let length = pending[0] >= 0xF0 ? 4 : pending[0] >= 0xE0 ? 3 : 2
        guard pending.count == length else { return nil }
        return pending.dropFirst().reduce(UInt32(pending[0]) & (0x7F >> UInt32(length))) { $0 << 6 | UInt32($1 & 0x3F) }
    }

    private func escaped() -> UInt32? {
        guard pending.count > 1 else { return nil }
        switch pending[1] {
        case UInt8(ascii: "u"): break
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        default: return UInt32(pending[1])
        }
        guard pending.count >= 6 else { return nil }
        let first = Self.number(pending[2..<6])
        guard (0xD800...0xDBFF).contains(first) else { return first }
        guard pending.count == 12 else { return nil }
        return 0x10000 + (first - 0xD800) << 10 + (Self.number(pending[8..<12]) - 0xDC00)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32 {
        digits.reduce(0) { $0 << 4 | UInt32($1 & 15) + ($1 >= UInt8(ascii: "A") ? 9 : 0) }
    }
}
