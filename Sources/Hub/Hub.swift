package import FoundationEssentials

/// Finds a model: an existing folder, or a hub id that is looked up, downloaded and kept in the Hugging Face cache.
package struct Hub: Sendable {
    /// What is kept free besides the files themselves.
    private static let diskReserve = 16 << 20
    private static let defaultRevision = "main"

    private let configuration: HubConfiguration
    private let report: @Sendable (HubEvent) -> Void

    /// A hub client.
    ///
    /// - Parameters:
    ///   - configuration: where the hub and the cache are.
    ///   - report: called with every event, from several threads.
    package init(_ configuration: HubConfiguration, report: @escaping @Sendable (HubEvent) -> Void = { _ in }) {
        self.configuration = configuration
        self.report = report
    }

    /// The folder with a model's files.
    ///
    /// An existing folder is returned as it is. Of a hub id, the files that are missing are downloaded. With a commit for a
    /// revision, or offline, a complete snapshot needs no network; otherwise the hub is asked what the revision means, and
    /// when it gives no usable answer a complete snapshot in the cache serves.
    ///
    /// - Parameters:
    ///   - model: a path, `ORG/NAME` or `ORG/NAME@REVISION`.
    ///   - revision: a branch, tag or commit; `main` when absent.
    ///   - file: a GGUF file of the model that is wanted, with the other parts of a split one, in place of its folder.
    /// - Returns: the folder, with `config.json` and the rest directly inside, or the path of `file`.
    /// - Throws: `HubError`.
    package func resolve(
        _ model: String,
        revision: String? = nil,
        file: String? = nil
    ) async throws(HubError) -> URL {
        if file == nil, let folder = try localFolder(model) { return folder }
        let (id, named) = try HubModelID.parse(model)
        if let named, let revision, named != revision { throw .conflictingRevisions(named, revision) }
        let wanted = revision ?? named ?? Self.defaultRevision
        guard HubModelID.isRevision(wanted) else { throw .invalidRevision(wanted) }

        let cache = ModelCache(root: absolute(configuration.cacheFolder), id: id)
        let cached = cache.commit(of: wanted).flatMap { commit in
            let isThere = file.map { cache.hasGGUF($0, of: commit) } ?? cache.isComplete(commit)
            return isThere ? commit : nil
        }
        func place(_ commit: String) -> URL {
            file.map { URL(filePath: cache.snapshot(commit) + "/" + $0) } ?? url(cache.snapshot(commit))
        }
        if let cached, configuration.isOffline || cached == wanted { return place(cached) }
        if configuration.isOffline {
            throw .offline(model: id.description, revision: wanted, cache: cache.root)
        }
        let client = try HubClient(configuration)
        do throws(HubError) {
            let commit = try await update(cache, client, revision: wanted, cached: cached, file: file)
            await client.shutdown()
            return place(commit)
        } catch {
            await client.shutdown()
            throw error
        }
    }

    // MARK: - Paths

    /// The folder that the text is the path of; `nil` when it is to be read as a hub id.
    private func localFolder(_ model: String) throws(HubError) -> URL? {
        guard !model.isEmpty, !model.utf8.contains(0) else {
            throw .invalidModel(model, reason: "it is empty or holds a zero byte")
        }
        switch FileSystem.kind(of: model) {
        case .folder: return url(absolute(model))
        case .some: throw .notAFolder(model)
        case nil: break
        }
        let isPath = ["/", "./", "../", "~"].contains { model.hasPrefix($0) } || model == "." || model == ".."
        if isPath { throw .folderNotFound(model) }
        return nil
    }

    private func absolute(_ path: String) -> String {
        URL(filePath: path, directoryHint: .isDirectory).absoluteURL.standardizedFileURL.path
    }

    private func url(_ path: String) -> URL {
        URL(filePath: path, directoryHint: .isDirectory)
    }

    // MARK: - Download

    /// Brings the cache up to date and returns the commit that the revision means.
    private func update(
        _ cache: ModelCache,
        _ client: HubClient,
        revision: String,
        cached: String?,
        file: String?
    ) async throws(HubError) -> String {
        let info: ModelInfo
        do throws(HubError) {
            info = try await client.info(of: cache.id, revision: revision, attempts: cached == nil ? nil : 1)
        } catch {
            guard let cached, error.leavesCacheUsable else { throw error }
            report(.usingCache(commit: cached, after: error))
            return cached
        }
        let commit = info.commit
        if let file {
            let parts = FileSelection.ggufFiles(of: info.files, named: file)
            guard !parts.isEmpty else { throw .fileNotFound(model: cache.id.description, file: file) }
            try await fetch(parts, of: commit, cache, client)
            try? cache.setCommit(commit, of: revision)
            return commit
        }
        var files = FileSelection.auxiliaryFiles(of: info.files)
        if files.contains(FileSelection.indexFile) {
            try await fetch([FileSelection.indexFile], of: commit, cache, client)
        }
        let shards = cache.shards(of: commit)
        if files.contains(FileSelection.indexFile), shards == nil {
            let address = try client.address(of: FileSelection.indexFile, cache.id, commit: commit)
            throw .malformedResponse(url: address.text, reason: "it names no shards")
        }
        let weights = FileSelection.weightFiles(of: info.files, shards: shards)
        guard !weights.isEmpty else { throw .noWeights(model: cache.id.description) }
        if let missing = weights.first(where: { !Set(info.files).contains($0) }) {
            throw .fileNotFound(model: cache.id.description, file: missing)
        }
        // weights come last: where they are, the rest is
        files += weights
        try await fetch(files, of: commit, cache, client)
        // a shared cache may be read-only; the files are there all the same
        try? cache.setCommit(commit, of: revision)
        return commit
    }

    /// Downloads those of a commit's files that are missing, in order, several at a time.
    private func fetch(
        _ names: [String],
        of commit: String,
        _ cache: ModelCache,
        _ client: HubClient
    ) async throws(HubError) {
        let missing = names.filter { !cache.has($0, of: commit) }
        guard !missing.isEmpty else { return }
        let files = try await concurrently(missing) { (name) async throws(HubError) in
            try await client.metadata(of: name, cache.id, commit: commit)
        }
        try checkSpace(for: files, cache)
        let total = files.reduce(0) { $0 + $1.byteCount }
        let tracker = ProgressTracker(totalByteCount: total, totalFileCount: files.count, report: report)
        let isWeight = { (file: RemoteFile) in file.name.hasSuffix(".safetensors") }
        for group in [files.filter { !isWeight($0) }, files.filter(isWeight)] {
            _ = try await concurrently(group) { (file) async throws(HubError) in
                try await BlobDownload(client: client, cache: cache, file: file, tracker: tracker).run()
            }
        }
    }

    /// Refuses files that the disk cannot take.
    private func checkSpace(for files: [RemoteFile], _ cache: ModelCache) throws(HubError) {
        var needed = Self.diskReserve
        var tags: Set<String> = []
        for file in files where tags.insert(file.entityTag).inserted {
            var present = 0
            for path in [cache.blob(file.entityTag), cache.blob(file.entityTag) + ".incomplete"] {
                if case .file(let byteCount) = FileSystem.kind(of: path) { present = max(present, byteCount) }
            }
            let (sum, overflow) = needed.addingReportingOverflow(max(file.byteCount - present, 0))
            needed = overflow ? .max : sum
        }
        try FileSystem.createFolder(cache.folder)
        if let free = FileSystem.freeBytes(in: cache.folder), free < needed {
            throw .diskFull(folder: cache.root, needed: needed, free: free)
        }
    }

    /// The operation's results for all items, in order, a few running at a time.
    private func concurrently<Item: Sendable, Value: Sendable>(
        _ items: [Item],
        _ operation: @escaping @Sendable (Item) async throws(HubError) -> Value
    ) async throws(HubError) -> [Value] {
        let limit = max(configuration.concurrentDownloads, 1)
        do {
            return try await withThrowingTaskGroup(of: (Int, Value).self) { group in
                var results: [(Int, Value)] = []
                for (position, item) in items.enumerated() {
                    if position >= limit, let result = try await group.next() { results.append(result) }
                    group.addTask { (position, try await operation(item)) }
                }
                for try await result in group { results.append(result) }
                return results.sorted { $0.0 < $1.0 }.map(\.1)
            }
        } catch let error as HubError {
            throw error
        } catch {
            throw .cancelled
        }
    }
}

extension HubError {
    /// Whether a complete snapshot in the cache may stand in for the hub's answer.
    fileprivate var leavesCacheUsable: Bool {
        switch self {
        case .unreachable, .server, .malformedResponse, .redirectRefused, .modelNotFound, .gated, .unauthorized: true
        default: false
        }
    }
}
