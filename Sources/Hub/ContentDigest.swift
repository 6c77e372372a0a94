import Crypto

/// What a file's entity tag says about its bytes.
enum ContentDigest: Sendable, Hashable {
    /// The SHA-256 of the bytes, for files in large file storage.
    case sha256(String)
    /// The SHA-1 of git's `blob SIZE\0` and the bytes, for files in the repository itself.
    case gitBlob(String)
    /// Nothing.
    case unknown

    /// The digest that an entity tag of 64 or 40 lower-case hex digits is.
    init(entityTag: String) {
        guard Self.isLowercaseHex(entityTag) else {
            self = .unknown
            return
        }
        switch entityTag.utf8.count {
        case 64: self = .sha256(entityTag)
        case 40: self = .gitBlob(entityTag)
        default: self = .unknown
        }
    }

    /// The digest's hex digits.
    var text: String? {
        switch self {
        case .sha256(let text), .gitBlob(let text): text
        case .unknown: nil
        }
    }

    /// Whether all bytes are digits or the letters a to f.
    static func isLowercaseHex(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
    }
}

/// Computes a digest from bytes as they arrive.
struct ContentHasher: Sendable {
    private var sha256: SHA256?
    private var sha1: Insecure.SHA1?

    /// A hasher of the digest's kind for a file of that size.
    init(_ digest: ContentDigest, byteCount: Int) {
        switch digest {
        case .sha256: sha256 = SHA256()
        case .gitBlob:
            var hasher = Insecure.SHA1()
            hasher.update(data: Array("blob \(byteCount)\0".utf8))
            sha1 = hasher
        case .unknown: break
        }
    }

    /// Takes in the next bytes.
    mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe sha256?.update(bufferPointer: buffer)
            unsafe sha1?.update(bufferPointer: buffer)
        }
    }

    /// The digest of all bytes in lower-case hex; `nil` for an unknown kind.
    func finalize() -> String? {
        if let sha256 { return Self.hex(sha256.finalize()) }
        if let sha1 { return Self.hex(sha1.finalize()) }
        return nil
    }

    private static func hex(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
