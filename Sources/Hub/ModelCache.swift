import MartletJSON

/// One model's part of the Hugging Face cache.
///
/// `models--ORG--NAME` holds `blobs/ETAG` (the bytes), `snapshots/COMMIT/FILE` (relative links to blobs) and
/// `refs/REVISION` (text files with a commit). Locks lie in `.locks/models--ORG--NAME/ETAG.lock` beside it.
struct ModelCache: Sendable {
    /// The largest JSON file that is read.
    private static let jsonLimit = 64 << 20

    /// The cache's folder, for all models.
    let root: String
    /// The model.
    let id: HubModelID

    /// The model's folder.
    var folder: String { "\(root)/\(id.folderName)" }

    /// The folder with one commit's files.
    func snapshot(_ commit: String) -> String { "\(folder)/snapshots/\(commit)" }

    /// Where the bytes with that entity tag lie.
    func blob(_ entityTag: String) -> String { "\(folder)/blobs/\(entityTag)" }

    /// The file whose lock the downloader of that entity tag holds.
    func lockFile(_ entityTag: String) -> String { "\(root)/.locks/\(id.folderName)/\(entityTag).lock" }

    /// The commit that a revision meant when it was last looked up.
    func commit(of revision: String) -> String? {
        if HubModelID.isCommit(revision) { return revision }
        guard let bytes = try? FileSystem.read("\(folder)/refs/\(revision)", limit: 256) else { return nil }
        let text = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
        return HubModelID.isCommit(text) ? text : nil
    }

    /// Notes the commit that a revision means.
    func setCommit(_ commit: String, of revision: String) throws(HubError) {
        guard revision != commit, self.commit(of: revision) != commit else { return }
        let path = "\(folder)/refs/\(revision)"
        try FileSystem.createFolder(FileSystem.folder(of: path))
        try FileSystem.writeAtomically(Array(commit.utf8), to: path)
    }

    /// Makes the file of a commit lead to the blob.
    func link(_ file: String, of commit: String, to entityTag: String) throws(HubError) {
        let path = "\(snapshot(commit))/\(file)"
        try FileSystem.createFolder(FileSystem.folder(of: path))
        let depth = file.utf8.count { $0 == UInt8(ascii: "/") }
        try FileSystem.link(path, to: String(repeating: "../", count: depth + 2) + "blobs/\(entityTag)")
    }

    /// Whether the commit's file is there with its bytes.
    func has(_ file: String, of commit: String) -> Bool { FileSystem.isFile("\(snapshot(commit))/\(file)") }

    /// The shards that the commit's index names; `nil` where there is no usable index.
    func shards(of commit: String) -> [String]? {
        let path = "\(snapshot(commit))/\(FileSelection.indexFile)"
        guard let bytes = try? FileSystem.read(path, limit: Self.jsonLimit) else { return nil }
        return FileSelection.shards(inIndex: bytes)
    }

    /// Whether everything that is wanted of the commit is there, as far as the disk alone can tell.
    ///
    /// The configuration and all weights must be there, since weights are written last. `huggingface_hub` keeps the list
    /// of a commit's files in `trees/COMMIT.json` and fetches what it is asked for in any order; where that list is, the
    /// tokenizer must be there too.
    func isComplete(_ commit: String) -> Bool {
        let listed = listedFiles(of: commit)
        let names = listed ?? presentFiles(of: commit)
        let needed = ["config.json"] + (names.contains("tokenizer.json") ? ["tokenizer.json"] : [])
        let hasIndex = names.contains(FileSelection.indexFile)
        let shards = shards(of: commit)
        guard hasIndex == (shards != nil) else { return false }
        let weights = FileSelection.weightFiles(of: names, shards: shards)
        return !weights.isEmpty && (needed + weights).allSatisfy { has($0, of: commit) }
    }

    /// Whether a GGUF file is there with all parts of a split one.
    func hasGGUF(_ file: String, of commit: String) -> Bool {
        let count = file.hasSuffix(".gguf") ? Int(file.dropLast(5).suffix(5)) : nil
        guard file.contains("-of-"), let count, count > 0 else { return has(file, of: commit) }
        let parts = FileSelection.ggufFiles(of: presentFiles(of: commit), named: file)
        return parts.count == count && parts.allSatisfy { has($0, of: commit) }
    }

    private func listedFiles(of commit: String) -> [String]? {
        guard let bytes = try? FileSystem.read("\(folder)/trees/\(commit).json", limit: Self.jsonLimit),
            let tree = try? JSONParser.parse(bytes), tree["format_version"]?.integer == 1
        else { return nil }
        return tree["files"]?.object?.keys.filter(FileSelection.isSafe)
    }

    private func presentFiles(of commit: String) -> [String] {
        let snapshot = snapshot(commit)
        return FileSystem.names(in: snapshot).flatMap { name -> [String] in
            guard FileSystem.kind(of: "\(snapshot)/\(name)") == .folder else { return [name] }
            return FileSystem.names(in: "\(snapshot)/\(name)").map { "\(name)/\($0)" }
        }
    }
}
