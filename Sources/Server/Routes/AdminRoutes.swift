import HTTPTypes
import Hummingbird
import HummingbirdCore
import Martlet
import MartletEngine
import MartletJSON
import MartletOpenAIAPI
import MartletTensors

/// `/load`, and the routes that change how the server runs: these only where `--enable-admin-routes` says so.
///
/// While the server sleeps or is paused, requests for text are answered with 503. Weights stay where they are: those of
/// a mapped file are the kernel's to drop, whatever this program does.
struct AdminRoutes: Sendable {
    let service: ModelService

    /// The routes that are wanted.
    var routes: [Route] {
        let load = Route(.get, "/load", isMeasured: false) { _, _, _ in loadAnswer() }
        guard service.configuration.hasAdminRoutes else { return [load] }
        return [
            load,
            Route(.get, "/server_info") { _, _, _ in serverInfo() },
            Route(.post, "/reset_prefix_cache") { _, _, _ in
                service.model.engine.resetPrefixCache()
                return Self.answer(["success": true])
            },
            Route(.post, "/sleep") { request, _, _ in try sleep(request) },
            Route(.post, "/wake_up") { _, _, _ in
                service.rest.sleepLevel = nil
                return Self.answer(["status": "awake", "tags": nil])
            },
            Route(.get, "/is_sleeping") { _, _, _ in
                Self.answer(["is_sleeping": .bool(service.rest.sleepLevel != nil)])
            },
            Route(.post, "/pause") { request, _, _ in try await pause(request) },
            Route(.post, "/resume") { _, _, _ in
                service.rest.isPaused = false
                return Self.answer(["status": "resumed"])
            },
            Route(.get, "/is_paused") { _, _, _ in Self.answer(["is_paused": .bool(service.rest.isPaused)]) },
            Route(.get, "/get_world_size") { _, _, _ in Self.answer(["world_size": 1]) },
        ]
    }

    private static func answer(_ value: JSONValue) -> Response { JSONResponse.make(Array(value.serialized.utf8)) }

    /// Takes no more requests and forgets what the prefix cache holds; what runs goes on.
    private func sleep(_ request: Request) throws -> Response {
        let text = request.uri.queryParameters["level"].map(String.init) ?? "1"
        guard let level = Int(text), (0...2).contains(level) else {
            throw APIError.badRequest("level must be 0, 1 or 2, got \(text.prefix(20)).", param: "level")
        }
        service.rest.sleepLevel = level
        if level > 0 { service.model.engine.resetPrefixCache() }
        return Self.answer(["status": "sleeping", "level": .integer(level)])
    }

    /// Takes no more requests; what runs is ended, or with `mode=wait` waited for.
    private func pause(_ request: Request) async throws -> Response {
        let parameters = request.uri.queryParameters
        let waits = parameters["wait_for_inflight_requests"] == "true"
        let mode = parameters["mode"].map(String.init) ?? (waits ? "wait" : "abort")
        guard ["abort", "wait"].contains(mode) else {
            throw APIError.badRequest("mode must be abort or wait, got \(mode.prefix(20)).", param: "mode")
        }
        let clearsCache = parameters["clear_cache"] != "false"
        service.rest.isPaused = true
        let engine = service.model.engine
        if mode == "abort" { engine.abortAll() }
        while engine.unfinishedRequestCount > 0, service.rest.isPaused {
            try await Task.sleep(for: .milliseconds(5))
        }
        if clearsCache { engine.resetPrefixCache() }
        return Self.answer(["status": "paused"])
    }

    /// What the server is and was told; no key is part of it.
    private func serverInfo() -> Response {
        let engine = service.model.configuration
        let configuration = service.configuration
        return Self.answer([
            "version": .string(Version.string),
            "vllm_config": [
                "model": .string(configuration.modelRoot),
                "served_model_name": .array(configuration.servedModelNames.map { .string($0) }),
                "architecture": .string(service.model.architecture),
                "backend": .string(service.model.backendName),
                "max_model_len": .integer(engine.maxModelLength),
                "max_num_seqs": .integer(engine.maxSequences),
                "max_num_batched_tokens": .integer(engine.maxBatchedTokens),
                "max_num_queued_reqs": .integer(engine.maxWaitingRequests),
                "block_size": .integer(engine.blockSize),
                "num_gpu_blocks": .integer(engine.blockCount),
                "kv_cache_dtype": .string(engine.kvCacheDType.name),
                "enable_prefix_caching": .bool(engine.isPrefixCachingEnabled),
            ],
        ])
    }

    /// How many requests are under way, for balancers; 0 unless the server counts.
    private func loadAnswer() -> Response {
        let count = service.configuration.tracksLoad ? service.model.engine.unfinishedRequestCount : 0
        return Self.answer(["server_load": .integer(count)])
    }
}
