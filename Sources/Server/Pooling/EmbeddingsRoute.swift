import HTTPTypes
import Hummingbird
import Martlet
import MartletEngine
import MartletModels
import MartletOpenAIAPI
import NIOCore

/// Answers `POST /v1/embeddings`, `/pooling` and `/classify`.
struct EmbeddingsRoute: Sendable {
    let service: PoolingService
    let connections: ConnectionRegistry

    /// Answers `/v1/embeddings`.
    func embed(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let decoded = try await decode(request, context)
        let head = service.head(of: request, kind: "embd", requestID: decoded.options.requestID)
        return try await vectors(decoded, head, .embedding, context)
    }

    /// Answers `/pooling`.
    func pool(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let decoded = try await decode(request, context)
        let served = tasks
        if let task = decoded.task, !served.contains(task) {
            let names = served.map { "`\($0)`" }.joined(separator: " and ")
            throw APIError.badRequest(
                "Task `\(task)` is not supported by this model; \(names) \(served.count == 1 ? "is" : "are").",
                param: "task"
            )
        }
        let head = service.head(of: request, kind: "pooling", requestID: decoded.options.requestID)
        return try await vectors(decoded, head, .pooling, context, givesTokens: decoded.task == Self.tokenTask)
    }

    /// What `/pooling` can give.
    private var tasks: [String] {
        switch service.model.kind {
        case .embedding: service.model.engine.canGiveTokens ? ["embed", Self.tokenTask] : ["embed"]
        case .classification: ["classify"]
        }
    }

    private static let tokenTask = "token_embed"
    /// The most numbers of an answer with a vector of each token.
    private static let maximumNumberCount = 1 << 24

    /// Answers `/classify`.
    func classify(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let decoded = try await decode(request, context)
        let head = service.head(of: request, kind: "classify", requestID: decoded.options.requestID)
        let (results, count) = try await results(decoded, context, givesTokens: false)
        guard case .classification(let classifier) = service.model.kind else { throw APIError.engineFailure }
        let response = ClassificationResponse(
            head: head,
            labels: classifier.labels,
            probabilities: results,
            promptTokenCount: count
        )
        return JSONResponse.make(response.body)
    }

    private func decode(_ request: Request, _ context: ServerRequestContext) async throws -> PoolingRequest {
        let body = try await JSONBody.read(request, context: context, limit: service.configuration.maxBodyByteCount)
        let decoded = try PoolingRequest.decode(body, context: service.decoding)
        try service.checkReady()
        return decoded
    }

    private func vectors(
        _ decoded: PoolingRequest,
        _ head: ResponseHead,
        _ kind: EmbeddingResponse.Kind,
        _ context: ServerRequestContext,
        givesTokens: Bool = false
    ) async throws -> Response {
        let (results, count) = try await results(decoded, context, givesTokens: givesTokens)
        let response = EmbeddingResponse(
            head: head,
            kind: kind,
            vectors: results,
            tokenWidth: givesTokens ? decoded.dimensions ?? service.model.engine.outputWidth : nil,
            encoding: decoded.encoding,
            promptTokenCount: count
        )
        switch decoded.encoding.format {
        case .float, .base64: return JSONResponse.make(response.body)
        case .bytes, .bytesOnly: return Self.binary(response)
        }
    }

    private static func binary(_ response: EmbeddingResponse) -> Response {
        var headers: HTTPFields = [.contentType: "application/octet-stream"]
        if response.encoding.format == .bytes, let name = HTTPField.Name("metadata") {
            headers[name] = response.metadata
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: response.binaryBody)))
    }

    /// The results of a request's inputs, or of their tokens one after the other, and the number of tokens.
    private func results(
        _ decoded: PoolingRequest,
        _ context: ServerRequestContext,
        givesTokens: Bool
    ) async throws -> (results: [[Float]], tokenCount: Int) {
        if let count = decoded.dimensions { try checkDimensions(count) }
        var sequences: [EncoderBatch.Sequence] = []
        for input in decoded.inputs {
            sequences.append(
                try await service.sequence(of: input, options: decoded.options, promptName: decoded.promptName)
            )
        }
        let count = sequences.reduce(0) { $0 + $1.tokens.count }
        if givesTokens {
            try checkTokens(count)
            for index in sequences.indices { sequences[index].givesTokens = true }
        }
        let watch = connections.watch(of: context.channel)
        let vectors = try await service.vectors(of: sequences, watch: watch)
        let width = service.model.engine.outputWidth
        let results = vectors.map { numbers in
            stride(from: 0, to: numbers.count, by: width).flatMap { result(numbers[$0..<$0 + width], decoded) }
        }
        return (results, count)
    }

    /// What a vector means, cut as asked for.
    private func result(_ vector: ArraySlice<Float>, _ decoded: PoolingRequest) -> [Float] {
        let kept = Array(vector.prefix(decoded.dimensions ?? vector.count))
        return service.model.results(kept, usesActivation: decoded.options.usesActivation)
    }

    private func checkTokens(_ count: Int) throws(APIError) {
        let most = Self.maximumNumberCount / service.model.engine.outputWidth
        guard count > most else { return }
        throw .badRequest(
            "A request for `\(Self.tokenTask)` may have at most \(most) tokens, got \(count).",
            param: "input",
            value: "\(count)"
        )
    }

    private func checkDimensions(_ count: Int) throws(APIError) {
        let dimensions = service.model.dimensions
        if dimensions.allows(count) { return }
        let name = service.configuration.servedModelNames.first ?? ""
        guard dimensions.isMatryoshka else {
            throw .badRequest(
                "Model '\(name)' does not support Matryoshka embeddings; dimensions must be unset "
                    + "(received dimensions=\(count))."
            )
        }
        let allowed = dimensions.allowed.isEmpty ? "1 to \(dimensions.width)" : "\(dimensions.allowed)"
        throw .badRequest(
            "Model '\(name)' does not support dimensions=\(count); it supports \(allowed).",
            param: "dimensions",
            value: "\(count)"
        )
    }
}
