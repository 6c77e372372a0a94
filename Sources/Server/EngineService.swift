import ServiceLifecycle

/// Warms the engine up, and stops it once the HTTP server has drained or the time for that is over.
struct EngineService: Service {
    let service: any ServedModel
    let limit: Duration

    func run() async throws {
        try await service.startModel()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await gracefulShutdown() }
            group.addTask {
                async let _: Void = service.workInBackground()
                await service.drainingBegan()
                try? await Task.sleep(for: limit)
                if !Task.isCancelled { await service.stopModel() }
            }
            // the HTTP server has ended, or nothing is left that it could wait for
            try await group.next()
            group.cancelAll()
        }
        await service.stopModel()
    }
}

/// The first to end in a shutdown: from then on new requests get 503.
struct DrainSignal: Service {
    let service: any ServedModel

    func run() async throws {
        try? await gracefulShutdown()
        service.beginDraining()
    }
}
