/// A model's name on the hub: `ORG/NAME`.
package struct HubModelID: Sendable, Hashable, CustomStringConvertible {
    /// The user or organization.
    package let organization: String
    /// The name within the organization.
    package let name: String

    /// `ORG/NAME`.
    package var description: String { "\(organization)/\(name)" }

    /// The name of the model's folder in the cache.
    package var folderName: String { "models--\(organization)--\(name)" }

    /// Reads `ORG/NAME` or `ORG/NAME@REVISION`.
    ///
    /// - Returns: the id, and the revision where there is one.
    /// - Throws: `HubError.invalidModel` with the rule that the text breaks, or `.invalidRevision`.
    package static func parse(_ text: String) throws(HubError) -> (id: HubModelID, revision: String?) {
        let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw .invalidModel(text, reason: "it needs exactly one slash")
        }
        for part in parts {
            if let reason = fault(in: part) { throw .invalidModel(text, reason: reason) }
        }
        let id = HubModelID(organization: String(parts[0]), name: String(parts[1]))
        guard id.description.utf8.count <= 96 else {
            throw .invalidModel(text, reason: "it is longer than 96 characters")
        }
        if id.name.hasSuffix(".git") { throw .invalidModel(text, reason: "a name cannot end in '.git'") }
        guard halves.count == 2 else { return (id, nil) }
        let revision = String(halves[1])
        guard isRevision(revision) else { throw .invalidRevision(revision) }
        return (id, revision)
    }

    /// The rule that one half of an id breaks.
    private static func fault(in part: Substring) -> String? {
        let bytes = Array(part.utf8)
        guard let first = bytes.first, let last = bytes.last else { return "a part is empty" }
        guard bytes.allSatisfy({ isLetterOrDigit($0) || "-_.".utf8.contains($0) }) else {
            return "only letters, digits, '-', '_' and '.' are allowed"
        }
        if "-.".utf8.contains(first) || "-.".utf8.contains(last) { return "a part cannot start or end in '-' or '.'" }
        if part.contains("--") || part.contains("..") { return "'--' and '..' are not allowed" }
        return nil
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// Whether the text can be a branch, tag or commit, and a path below `refs`.
    package static func isRevision(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 200, !text.hasPrefix("-") else { return false }
        return parts.allSatisfy { part in
            !part.isEmpty && !part.hasPrefix(".") && !part.hasSuffix(".lock") && !part.contains("..")
                && part.utf8.allSatisfy { isLetterOrDigit($0) || "-_.+=".utf8.contains($0) }
        }
    }

    /// Whether the text is a whole commit hash, which never means anything else later.
    package static func isCommit(_ text: String) -> Bool {
        text.utf8.count == 40 && ContentDigest.isLowercaseHex(text)
    }
}
