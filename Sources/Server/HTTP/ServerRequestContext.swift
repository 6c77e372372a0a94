package import Hummingbird
package import NIOCore

/// What the server knows of a request beside its bytes.
package struct ServerRequestContext: RequestContext {
    /// The connection.
    package let channel: any Channel
    /// Hummingbird's part.
    package var coreContext: CoreRequestContextStorage

    /// A context for a request that arrived on a channel.
    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
