package import NIOCore
import Synchronization

/// Tells a request at once when its client has gone, and drops clients that take nothing.
///
/// One per connection, in front of the HTTP handlers. A client that only closes its sending side counts as gone: no
/// HTTP client keeps waiting for an answer that way. Reading the request's body stream to its end would tell the same,
/// but would end the connection with the response.
package final class ConnectionWatch: ChannelInboundHandler, Sendable {
    /// Passed on as it is.
    package typealias InboundIn = NIOAny
    /// Passed on as it is.
    package typealias InboundOut = NIOAny

    private struct State {
        var isClosed = false
        var onClose: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let registry: ConnectionRegistry

    init(registry: ConnectionRegistry) { self.registry = registry }

    /// Runs an operation and calls `onClose`, at most once, when the client goes before it has ended.
    package func run<Value>(
        onClose: @escaping @Sendable () -> Void,
        _ operation: () async throws -> Value
    ) async throws -> Value {
        let isClosed = state.withLock { state in
            state.onClose = onClose
            return state.isClosed
        }
        if isClosed { onClose() }
        defer { state.withLock { $0.onClose = nil } }
        return try await operation()
    }

    private func close() {
        let onClose = state.withLock { state in
            state.isClosed = true
            defer { state.onClose = nil }
            return state.onClose
        }
        onClose?()
    }

    /// Enters the connection into the registry.
    package func handlerAdded(context: ChannelHandlerContext) { registry.add(self, of: context.channel) }

    /// Leaves the registry.
    package func handlerRemoved(context: ChannelHandlerContext) {
        close()
        registry.remove(context.channel)
    }

    /// The connection is gone.
    package func channelInactive(context: ChannelHandlerContext) {
        close()
        context.fireChannelInactive()
    }

    /// The client has closed its side.
    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { close() }
        context.fireUserInboundEventTriggered(event)
    }

    /// The connection failed.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close()
        context.fireErrorCaught(error)
    }
}

extension ConnectionWatch: RemovableChannelHandler {}

/// The watches of all open connections.
package final class ConnectionRegistry: Sendable {
    private let watches = Mutex<[ObjectIdentifier: ConnectionWatch]>([:])

    /// No connections.
    package init() {}

    /// The watch of a request's connection.
    package func watch(of channel: any Channel) -> ConnectionWatch? {
        watches.withLock { $0[ObjectIdentifier(channel)] }
    }

    fileprivate func add(_ watch: ConnectionWatch, of channel: any Channel) {
        watches.withLock { $0[ObjectIdentifier(channel)] = watch }
    }

    fileprivate func remove(_ channel: any Channel) {
        watches.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}
