import Hummingbird
import Martlet
import MartletModels
import MartletOpenAIAPI

/// Answers `POST /score` and `/rerank`.
struct ScoreRoute: Sendable {
    let service: PoolingService
    let connections: ConnectionRegistry

    /// Answers `/score`.
    func score(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(request, context: context, limit: service.configuration.maxBodyByteCount)
        let decoded = try ScoreRequest.decode(body, context: service.decoding)
        try service.checkReady()
        let head = service.head(of: request, kind: "score", requestID: decoded.options.requestID)
        let (scores, count) = try await scores(decoded, context)
        return JSONResponse.make(ScoreResponse(head: head, scores: scores, promptTokenCount: count).body)
    }

    /// Answers `/rerank`.
    func rerank(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(request, context: context, limit: service.configuration.maxBodyByteCount)
        let decoded = try RerankRequest.decode(body, context: service.decoding)
        try service.checkReady()
        let head = service.head(of: request, kind: "score", requestID: decoded.options.requestID)
        let (scores, count) = try await scores(ScoreRequest(decoded), context)
        let results = scores.enumerated().map { index, score in
            RerankResponse.Result(index: index, text: decoded.documents[index], score: score)
        }.sorted { ($1.score, $0.index) < ($0.score, $1.index) }
        let kept = decoded.topCount > 0 ? Array(results.prefix(decoded.topCount)) : results
        return JSONResponse.make(RerankResponse(head: head, results: kept, promptTokenCount: count).body)
    }

    /// The scores of pairs and the number of their tokens.
    private func scores(
        _ request: ScoreRequest,
        _ context: ServerRequestContext
    ) async throws -> (scores: [Float], tokenCount: Int) {
        let watch = connections.watch(of: context.channel)
        let cut = try request.options.cut(maxModelLength: service.model.maxModelLength)
        let pairing = request.pairing
        try check(pairing)
        let (queryLimit, documentLimit) = (pairing.maxQueryTokens, pairing.maxDocumentTokens)
        var sequences: [EncoderBatch.Sequence] = []
        switch service.model.kind {
        case .classification:
            for pair in request.pairs {
                let sequence = try await service.sequence(
                    of: [pair.first, pair.second],
                    true,
                    cut,
                    textLimits: [queryLimit, documentLimit],
                    instruction: pairing.instruction
                )
                sequences.append(sequence)
            }
            let vectors = try await service.vectors(of: sequences, watch: watch)
            let scores = vectors.map {
                service.model.results($0, usesActivation: request.options.usesActivation).first ?? 0
            }
            return (scores, sequences.reduce(0) { $0 + $1.tokens.count })
        case .embedding:
            for (texts, limit) in [(request.first, queryLimit), (request.second, documentLimit)] {
                for text in texts {
                    sequences.append(try await service.sequence(of: [text], true, cut, textLimits: [limit]))
                }
            }
            let vectors = try await service.vectors(of: sequences, watch: watch)
            let (first, second) = (vectors.prefix(request.first.count), vectors.dropFirst(request.first.count))
            let scores = second.enumerated().map { index, vector in
                service.model.score(query: first[first.count == 1 ? 0 : index], document: vector)
            }
            return (scores, sequences.reduce(0) { $0 + $1.tokens.count })
        }
    }

    private func check(_ pairing: PairFields) throws(APIError) {
        try pairing.check(maxModelLength: service.model.maxModelLength)
        guard pairing.instruction != nil, !service.model.takesInstructions else { return }
        throw .badRequest("`instruction` is not supported: the model takes none.", param: "instruction")
    }
}
