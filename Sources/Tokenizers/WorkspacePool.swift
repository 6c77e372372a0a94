import Synchronization

/// Workspaces that nobody uses, so that texts that follow each other find what earlier ones left in the cache.
final class WorkspacePool: Sendable {
    /// The most that are kept; each has about half a megabyte.
    private static let limit = 4

    private let idle = Mutex<[BPE.Workspace]>([])

    /// Lends a workspace.
    func withWorkspace<Result>(_ body: (inout BPE.Workspace) -> Result) -> Result {
        var workspace = idle.withLock { $0.popLast() } ?? BPE.Workspace()
        let result = body(&workspace)
        if workspace.isLarge { workspace = BPE.Workspace(cache: workspace.cache) }
        idle.withLock { if $0.count < Self.limit { $0.append(workspace) } }
        return result
    }
}
