import AsyncHTTPClient
import MartletJSON
import NIOHTTP1

/// What a revision of a model is.
struct ModelInfo: Sendable, Hashable {
    /// The commit that the revision means.
    let commit: String
    /// The names of the commit's files.
    let files: [String]
}

/// One file of a commit, as the hub announces it.
struct RemoteFile: Sendable, Hashable {
    /// The path within the model.
    let name: String
    /// The commit it belongs to.
    let commit: String
    /// The entity tag, which names the blob.
    let entityTag: String
    /// The size in bytes.
    let byteCount: Int
    /// What the entity tag says about the bytes.
    var digest: ContentDigest { ContentDigest(entityTag: entityTag) }
}

extension HubClient {
    private static let infoLimit = 32 << 20
    private static let fileLimit = 100_000
    private static let largestFile = 1 << 50

    /// Asks which commit a revision is and which files it has.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - revision: a branch, tag or commit.
    ///   - attempts: how often it is tried; `nil` for the configuration's count.
    /// - Returns: the commit and its files, those with names that no file system takes left out.
    /// - Throws: `HubError`; `.unsafeFileName` when one of the names would leave the model's folder.
    func info(of model: HubModelID, revision: String, attempts: Int?) async throws(HubError) -> ModelInfo {
        let address = try address("api/models/\(model)/revision/\(WebAddress.escaped(revision))")
        let bytes = try await retrying(attempts: attempts) { () async throws(HubError) -> [UInt8] in
            do throws(HubError) {
                let response = try await send(Request(address: address, model: model))
                return try await body(of: response, limit: Self.infoLimit, at: address)
            } catch .revisionNotFound(let id, _) {
                throw .revisionNotFound(model: id, revision: revision)
            }
        }
        return try info(from: bytes, model, address)
    }

    private func info(
        from bytes: [UInt8],
        _ model: HubModelID,
        _ address: WebAddress
    ) throws(HubError) -> ModelInfo {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(bytes, options: .init(maximumDepth: 64))
        } catch {
            throw .malformedResponse(url: address.text, reason: "not JSON: \(error)")
        }
        guard let commit = value["sha"]?.string, HubModelID.isCommit(commit) else {
            throw .malformedResponse(url: address.text, reason: "'sha' is not a commit hash")
        }
        guard let siblings = value["siblings"]?.array, siblings.count <= Self.fileLimit else {
            throw .malformedResponse(url: address.text, reason: "'siblings' is not a list of at most \(Self.fileLimit)")
        }
        var files: [String] = []
        for sibling in siblings {
            guard let name = sibling["rfilename"]?.string else {
                throw .malformedResponse(url: address.text, reason: "a member of 'siblings' has no 'rfilename'")
            }
            if FileSelection.isHostile(name) {
                throw .unsafeFileName(model: model.description, file: Self.printable(name))
            }
            if FileSelection.isSafe(name) { files.append(name) }
        }
        return ModelInfo(commit: commit, files: files)
    }

    /// The address of a file's bytes.
    func address(of file: String, _ model: HubModelID, commit: String) throws(HubError) -> WebAddress {
        let path = file.split(separator: "/").map { WebAddress.escaped(String($0)) }.joined(separator: "/")
        return try address("\(model)/resolve/\(commit)/\(path)")
    }

    /// Asks for a file's size and entity tag.
    ///
    /// A redirect that already carries them is not followed, so that a content network is asked only for bytes.
    func metadata(of file: String, _ model: HubModelID, commit: String) async throws(HubError) -> RemoteFile {
        let address = try address(of: file, model, commit: commit)
        let headers = try await retrying { () async throws(HubError) -> HTTPHeaders in
            do throws(HubError) {
                let request = Request(method: .HEAD, address: address, model: model) { headers in
                    headers.contains(name: "X-Linked-Etag") && headers.contains(name: "X-Linked-Size")
                }
                return try await send(request).headers
            } catch .fileNotFound(let id, _) {
                throw .fileNotFound(model: id, file: file)
            } catch .revisionNotFound(let id, _) {
                throw .revisionNotFound(model: id, revision: commit)
            }
        }
        if let found = headers.first(name: "X-Repo-Commit"), found != commit {
            throw .malformedResponse(url: address.text, reason: "it belongs to another commit")
        }
        let tag = headers.first(name: "X-Linked-Etag") ?? headers.first(name: "ETag") ?? ""
        guard let entityTag = Self.bareEntityTag(tag) else {
            throw .malformedResponse(url: address.text, reason: "it has no usable entity tag")
        }
        let size = headers.first(name: "X-Linked-Size") ?? headers.first(name: "Content-Length") ?? ""
        guard let byteCount = Int(size), (0...Self.largestFile).contains(byteCount) else {
            throw .malformedResponse(url: address.text, reason: "it has no usable size")
        }
        return RemoteFile(name: file, commit: commit, entityTag: entityTag, byteCount: byteCount)
    }

    /// The entity tag without weakness mark and quotes, if it can name a file.
    static func bareEntityTag(_ text: String) -> String? {
        var tag = text[...]
        if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
        if tag.utf8.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") { tag = tag.dropFirst().dropLast() }
        let isName = tag.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isName && (1...128).contains(tag.utf8.count) && !tag.hasPrefix(".") ? String(tag) : nil
    }
}
