import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1

/// Brings one file into the cache: locked against other processes, resumed where an earlier attempt stopped, checked.
struct BlobDownload: Sendable {
    /// How often a file's transfer may break in all, whether or not bytes came in between.
    private static let breakLimit = 200

    let client: HubClient
    let cache: ModelCache
    let file: RemoteFile
    let tracker: ProgressTracker

    /// Downloads the file's bytes, unless they are here, and links the commit's file to them.
    func run() async throws(HubError) {
        let blob = cache.blob(file.entityTag)
        try FileSystem.createFolder(FileSystem.folder(of: blob))
        let lock = try await FileLock.acquire(cache.lockFile(file.entityTag)) {
            tracker.note(.waiting(file: file.name))
        }
        // the lock lives until the link is in its place
        defer { withExtendedLifetime(lock) {} }
        if FileSystem.kind(of: blob) != .file(byteCount: file.byteCount) {
            try await fetch(to: blob)
        }
        try cache.link(file.name, of: file.commit, to: file.entityTag)
        tracker.update(file, byteCount: file.byteCount, received: 0, isComplete: true)
    }

    private func fetch(to blob: String) async throws(HubError) {
        let path = blob + ".incomplete"
        var mayRestart = true
        while true {
            var partial = try PartialFile(path, file)
            let wasResumed = partial.byteCount > 0
            tracker.update(file, byteCount: partial.byteCount, received: 0)
            do throws(HubError) {
                try await fill(&partial)
                try partial.finish()
                return try FileSystem.move(path, to: blob)
            } catch .checksumMismatch(let name, let expected, let found) {
                FileSystem.remove(path)
                // what an earlier attempt left may have been the damaged part
                guard wasResumed, mayRestart else {
                    throw .checksumMismatch(file: name, expected: expected, found: found)
                }
                mayRestart = false
            } catch .diskFull(let folder, _, _) {
                let free = FileSystem.freeBytes(in: folder) ?? 0
                throw .diskFull(folder: folder, needed: file.byteCount - partial.byteCount, free: free)
            } catch .sizeMismatch(let name, let expected, let found) {
                FileSystem.remove(path)
                throw .sizeMismatch(file: name, expected: expected, found: found)
            }
        }
    }

    /// Requests what is missing until nothing is, with a pause after each break.
    private func fill(_ partial: inout PartialFile) async throws(HubError) {
        var fruitless = 0
        var breaks = 0
        while partial.byteCount < file.byteCount {
            let before = partial.byteCount
            do throws(HubError) {
                try await receive(into: &partial)
                if partial.byteCount < file.byteCount {
                    throw .unreachable(host: client.configuration.endpoint, reason: "the connection closed early")
                }
            } catch {
                guard error.isTransient else { throw error }
                fruitless = partial.byteCount > before ? 1 : fruitless + 1
                breaks += 1
                guard fruitless < client.configuration.maximumAttempts, breaks < Self.breakLimit else { throw error }
                tracker.note(.retrying(file: file.name, after: error))
                try await client.pause(afterAttempt: fruitless)
            }
        }
    }

    private func receive(into partial: inout PartialFile) async throws(HubError) {
        let address = try client.address(of: file.name, cache.id, commit: file.commit)
        let request = HubClient.Request(address: address, firstByte: partial.byteCount, model: cache.id)
        let response: HTTPClientResponse
        do throws(HubError) {
            response = try await client.send(request)
        } catch .server(_, 416, _) where partial.byteCount > 0 {
            try partial.restart()
            throw .unreachable(host: address.origin.host, reason: "it cannot continue the file")
        } catch .fileNotFound(let model, _) {
            throw .fileNotFound(model: model, file: file.name)
        } catch .revisionNotFound(let model, _) {
            throw .revisionNotFound(model: model, revision: file.commit)
        }
        if partial.byteCount > 0, !continues(response, from: partial.byteCount) {
            guard response.status == .ok else {
                throw .malformedResponse(url: address.text, reason: "it sends another part than the one asked for")
            }
            try partial.restart()
        }
        do {
            for try await buffer in response.body {
                try partial.append(buffer)
                tracker.update(file, byteCount: partial.byteCount, received: buffer.readableBytes)
            }
        } catch {
            throw HubClient.transportFailure(error, address)
        }
    }

    /// Whether the answer starts at that byte.
    private func continues(_ response: HTTPClientResponse, from offset: Int) -> Bool {
        guard response.status == .partialContent, let range = response.headers.first(name: "Content-Range") else {
            return false
        }
        return range.hasPrefix("bytes \(offset)-")
    }
}

/// A file on its way: the bytes that are here, on disk, and their digest.
private struct PartialFile {
    private static let chunk = 1 << 20

    /// The bytes that are here, from the start without gaps.
    private(set) var byteCount = 0
    private let storage: OpenFile
    private let file: RemoteFile
    private var hasher: ContentHasher

    /// Opens what an earlier attempt left, or an empty file.
    init(_ path: String, _ file: RemoteFile) throws(HubError) {
        storage = try OpenFile(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW)
        self.file = file
        hasher = ContentHasher(file.digest, byteCount: file.byteCount)
        let present = storage.byteCount
        guard present <= file.byteCount else { return }
        while byteCount < present {
            let bytes = try storage.bytes(at: byteCount, count: min(Self.chunk, present - byteCount))
            guard !bytes.isEmpty else { return }
            unsafe hasher.update(bytes.span.bytes)
            byteCount += bytes.count
        }
    }

    /// Starts over; later bytes replace those on disk.
    mutating func restart() throws(HubError) {
        try storage.setByteCount(0)
        byteCount = 0
        hasher = ContentHasher(file.digest, byteCount: file.byteCount)
    }

    /// Writes the next bytes.
    ///
    /// - Throws: `HubError.sizeMismatch` when there are more than announced.
    mutating func append(_ buffer: ByteBuffer) throws(HubError) {
        let total = byteCount + buffer.readableBytes
        guard total <= file.byteCount else {
            throw .sizeMismatch(file: file.name, expected: file.byteCount, found: total)
        }
        try storage.write(buffer.readableBytesSpan, at: byteCount)
        hasher.update(buffer.readableBytesSpan)
        byteCount = total
    }

    /// Checks the digest and waits until the bytes are on the disk.
    func finish() throws(HubError) {
        try storage.setByteCount(file.byteCount)
        if let expected = file.digest.text, let found = hasher.finalize(), found != expected {
            throw .checksumMismatch(file: file.name, expected: expected, found: found)
        }
        try storage.synchronize()
    }
}
