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
    ///
    /// - Parameters:
    ///   - headers: the request's.
    ///   - allowsKeyHeader: whether the key may also come alone, in `x-api-key`.
    /// - Returns: whether the request may pass; always where no key is wanted.
    package func accept(_ headers: HTTPFields, allowsKeyHeader: Bool = false) -> Bool {
        if isEmpty { return true }
        if let key = Self.bearer(headers), accept(key) { return true }
        guard allowsKeyHeader, let name = HTTPField.Name("x-api-key"), let key = headers[name] else { return false }
        return accept(key[...])
    }

    /// Whose key a request carries: what one holder of a key has stored is not shown to another.
    package struct Owner: Sendable, Hashable {
        fileprivate let digest: [UInt8]
    }

    /// The owner of what a request stores; all are one where no key is wanted.
    package func owner(of headers: HTTPFields) -> Owner {
        guard !isEmpty, let key = Self.bearer(headers) else { return Owner(digest: []) }
        return Owner(digest: Array(SHA256.hash(data: Array(key.utf8))))
    }

    private static func bearer(_ headers: HTTPFields) -> Substring? {
        guard let value = headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? parts[1] : nil
    }

    private func accept(_ key: Substring) -> Bool {
        let digest = SHA256.hash(data: Array(key.utf8))
        // every key is compared, so that the time does not tell which one matched
        return digests.reduce(false) { matched, accepted in
            let equal = zip(accepted, digest).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
            return equal || matched
        }
    }
}
