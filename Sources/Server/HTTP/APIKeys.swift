import Crypto
package import HTTPTypes

/// The keys a server accepts, kept and compared as SHA-256 digests in constant time.
package struct APIKeys: Sendable {
    private let digests: [SHA256.Digest]

    /// Accepts these keys; empty ones are dropped.
    package init(_ keys: [String]) { digests = keys.filter { !$0.isEmpty }.map { SHA256.hash(data: Array($0.utf8)) } }

    /// Whether no key is wanted.
    package var isEmpty: Bool { digests.isEmpty }

    /// Whether the `Authorization` header carries an accepted key: `Bearer`, one space, the key.
    package func accept(_ headers: HTTPFields) -> Bool {
        if isEmpty { return true }
        guard let value = headers[.authorization] else { return false }
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        let digest = SHA256.hash(data: Array(parts[1].utf8))
        // every key is compared, so that the time does not tell which one matched
        return digests.reduce(false) { matched, accepted in
            let equal = zip(accepted, digest).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
            return equal || matched
        }
    }
}
