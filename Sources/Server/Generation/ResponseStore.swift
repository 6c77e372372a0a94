import MartletJSON
package import MartletOpenAIAPI
import Synchronization

/// The responses that clients may ask for again, in bounded memory: the oldest make room for new ones.
package final class ResponseStore: Sendable {
    /// A stored response.
    package struct Entry: Sendable {
        /// The response.
        package var response: ResponseObject
        /// The conversation up to and with it, without instructions.
        package var messages: [ChatMessage]
        /// Whose it is; nobody else sees it.
        package var owner: APIKeys.Owner
        /// Ends its generation, while that goes on in the background.
        package var abort: (@Sendable () -> Void)?

        /// An entry.
        package init(
            response: ResponseObject,
            messages: [ChatMessage],
            owner: APIKeys.Owner,
            abort: (@Sendable () -> Void)? = nil
        ) {
            self.response = response
            self.messages = messages
            self.owner = owner
            self.abort = abort
        }

        /// Roughly the bytes that it takes.
        fileprivate var byteCount: Int {
            let texts = messages.reduce(0) { $0 + $1.promptValue.serialized.utf8.count }
            return response.body.count + texts + (messages.count + 4) * 256
        }
    }

    private struct State {
        var entries: [String: (entry: Entry, byteCount: Int)] = [:]
        /// The oldest first.
        var order: [String] = []
        var byteCount = 0

        mutating func remove(_ id: String) {
            guard let (_, byteCount) = entries.removeValue(forKey: id) else { return }
            self.byteCount -= byteCount
            order.removeAll { $0 == id }
        }
    }

    private let maxCount: Int
    private let maxByteCount: Int
    private let state = Mutex(State())

    /// A store.
    ///
    /// - Parameters:
    ///   - maxCount: the most responses.
    ///   - maxByteCount: the most bytes of all; a response that takes more is not stored.
    package init(maxCount: Int, maxByteCount: Int) {
        self.maxCount = maxCount
        self.maxByteCount = maxByteCount
    }

    /// Whether there is a response of that id, whoever's it is.
    package func contains(_ id: String) -> Bool { state.withLock { $0.entries[id] != nil } }

    /// A response of that owner.
    ///
    /// - Throws: 404 where there is none.
    package func entry(_ id: String, of owner: APIKeys.Owner) throws(APIError) -> Entry {
        guard let entry = state.withLock({ $0.entries[id]?.entry }), entry.owner == owner else {
            throw .responseNotFound(id)
        }
        return entry
    }

    /// Stores a response.
    package func insert(_ entry: Entry) {
        insert(entry, ifPresent: false)
    }

    /// Replaces a response that was stored before it was whole; one that has been deleted meanwhile stays so.
    package func update(_ entry: Entry) { insert(entry, ifPresent: true) }

    private func insert(_ entry: Entry, ifPresent: Bool) {
        let byteCount = entry.byteCount
        let id = entry.response.id
        state.withLock { state in
            if ifPresent, state.entries[id] == nil { return }
            state.remove(id)
            guard byteCount <= maxByteCount, maxCount > 0 else { return }
            while state.order.count >= maxCount || state.byteCount + byteCount > maxByteCount {
                state.remove(state.order[0])
            }
            state.entries[id] = (entry, byteCount)
            state.order.append(id)
            state.byteCount += byteCount
        }
    }

    /// Forgets a response of that owner, and ends its generation.
    ///
    /// - Throws: 404 where there is none.
    package func remove(_ id: String, of owner: APIKeys.Owner) throws(APIError) {
        let entry = try entry(id, of: owner)
        state.withLock { $0.remove(id) }
        entry.abort?()
    }

    /// Ends the generation of a response in the background.
    ///
    /// - Returns: the response.
    /// - Throws: 404 where there is none; 400 where nothing goes on.
    package func cancel(_ id: String, of owner: APIKeys.Owner) throws(APIError) -> ResponseObject {
        var entry = try entry(id, of: owner)
        if entry.response.status == .cancelled { return entry.response }
        guard let abort = entry.abort else {
            throw APIError(
                status: 400,
                message: "Cannot cancel a synchronous response, or one that has ended.",
                type: .invalidRequest,
                param: "response_id"
            )
        }
        entry.response.status = .cancelled
        entry.abort = nil
        update(entry)
        abort()
        return entry.response
    }
}
