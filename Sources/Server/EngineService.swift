import Martlet
import MartletEngine
import ServiceLifecycle

/// Warms the engine up, and stops it once the HTTP server has drained or the time for that is over.
struct EngineService: Service {
    let service: ModelService
    let limit: Duration

    func run() async throws {
        try await service.model.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await gracefulShutdown() }
            group.addTask {
                await service.drainingBegan()
                try? await Task.sleep(for: limit)
                if !Task.isCancelled { await service.model.engine.stop() }
            }
            // the HTTP server has ended, or nothing is left that it could wait for
            try await group.next()
            group.cancelAll()
        }
        await service.model.engine.stop()
    }
}

/// The first to end in a shutdown: from then on new requests get 503.
struct DrainSignal: Service {
    let service: ModelService

    func run() async throws {
        try? await gracefulShutdown()
        service.beginDraining()
    }
}
