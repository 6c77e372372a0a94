/// The members of a JSON object in the order in which their names first appeared.
///
/// - Complexity: look-up is linear up to 16 members and hashed above.
public struct JSONObject: Sendable {
    /// One name and its value.
    public struct Member: Sendable, Hashable {
        /// The member's name.
        public let key: String
        /// The member's value.
        public var value: JSONValue

        /// A member.
        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    private static let hashedCount = 16
    private var storage: [Member] = []
    private var index: [ExactKey: Int] = [:]

    /// No members.
    public init() {}

    /// Members in order; of two with one name, the last value stays at the first one's place.
    public init(_ members: [(String, JSONValue)]) {
        for (key, value) in members { self[key] = value }
    }

    /// The number of members.
    public var count: Int { storage.count }
    /// Whether there are no members.
    public var isEmpty: Bool { storage.isEmpty }
    /// The members in order.
    public var members: [Member] { storage }
    /// The names in order.
    public var keys: [String] { storage.map(\.key) }
    /// The values in order.
    public var values: [JSONValue] { storage.map(\.value) }

    /// The value of that name; assigning `nil` removes the member.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { storage[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): storage[position].value = value
            case (nil, let value?): append(Member(key: key, value: value))
            case (let position?, nil): remove(at: position)
            case (nil, nil): break
            }
        }
    }

    private func position(of key: String) -> Int? {
        if storage.count > Self.hashedCount { return index[ExactKey(text: key)] }
        return storage.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }

    private mutating func append(_ member: Member) {
        storage.append(member)
        if storage.count == Self.hashedCount + 1 {
            rebuildIndex()
        } else if storage.count > Self.hashedCount {
            index[ExactKey(text: member.key)] = storage.count - 1
        }
    }

    private mutating func remove(at position: Int) {
        storage.remove(at: position)
        rebuildIndex()
    }

    private mutating func rebuildIndex() {
        index.removeAll(keepingCapacity: true)
        guard storage.count > Self.hashedCount else { return }
        for (position, member) in storage.enumerated() { index[ExactKey(text: member.key)] = position }
    }
}

extension JSONObject: Hashable {
    /// Whether both hold the same members, in any order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.storage.allSatisfy { right[$0.key] == $0.value }
    }

    /// Hashes the members without regard to their order.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(storage.reduce(into: 0) { $0 ^= $1.hashValue })
    }
}

extension JSONObject: Sequence {
    /// Iterates over the members in order.
    public func makeIterator() -> IndexingIterator<[Member]> { storage.makeIterator() }
}

/// A name compared by its bytes: Swift's own string equality would merge canonically equivalent names.
private struct ExactKey: Hashable {
    let text: String

    static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
