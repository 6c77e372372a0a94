import HTTPTypes
import Hummingbird
import Martlet
import MartletOpenAIAPI
import MartletTokenizers

/// Answers `POST /tokenize` and `POST /detokenize`.
struct TokenizeRoute: Sendable {
    let service: any TokenizingService

    func tokenize(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(
            request,
            context: context,
            limit: service.configuration.maxBodyByteCount
        )
        let decoded = try TokenizeRequest.decode(body, context: service.decoding)
        let tokens: [TokenID]
        switch decoded.input {
        case .text(let text, let addSpecialTokens):
            tokens = try await service.encode(text, addSpecialTokens: addSpecialTokens, literalRanges: [])
        case .conversation(let conversation):
            tokens = try await service.tokens(of: conversation)
        }
        let tokenizer = service.tokenizer
        let response = TokenizeResponse(
            tokens: tokens.map(\.index),
            tokenStrings: decoded.returnTokenStrings ? tokens.map { tokenizer.token(for: $0) ?? "" } : nil,
            maxModelLength: service.maxModelLength
        )
        return JSONResponse.make(response.body)
    }

    func detokenize(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(
            request,
            context: context,
            limit: service.configuration.maxBodyByteCount
        )
        let decoded = try DetokenizeRequest.decode(body, context: service.decoding)
        let tokens = decoded.tokens.compactMap { TokenID(exactly: $0) }
        let text = service.tokenizer.decode(tokens, skipSpecialTokens: false)
        return JSONResponse.make(DetokenizeResponse(prompt: text).body)
    }
}
