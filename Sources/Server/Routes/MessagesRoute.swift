import HTTPTypes
import Hummingbird
import MartletOpenAIAPI
import MartletOutputParsing

/// Answers `POST /v1/messages` and `POST /v1/messages/count_tokens`.
struct MessagesRoute: Sendable {
    let service: ModelService
    let connections: ConnectionRegistry

    func respond(to request: Request, context: ServerRequestContext) async throws -> Response {
        do {
            var chat = try await decode(request, context, for: .answer).chat
            chat.options = try service.options(chat.options, of: request)
            try service.checkReady()
            // a model that does not think needs no budget for it
            if service.configuration.formats.reasoning?.openingMarker == nil { chat.thinkingTokenBudget = nil }
            let head = service.head(of: request, kind: "chatcmpl", requestID: nil)
            let answer = MessageAnswer(
                service: service,
                generation: try await service.generate(chat, id: head.id),
                head: head
            )
            return try await answer.response(
                isStreamed: chat.options.stream,
                connection: service.connection(of: context, in: connections)
            )
        } catch let error as APIError {
            return ErrorResponse.make(error, body: error.messageBody)
        }
    }

    func countTokens(_ request: Request, context: ServerRequestContext) async throws -> Response {
        do {
            let chat = try await decode(request, context, for: .count).chat
            let tokens = try await service.tokens(of: chat.conversation)
            return JSONResponse.make(MessageTokenCount(tokenCount: tokens.count).body)
        } catch let error as APIError {
            return ErrorResponse.make(error, body: error.messageBody)
        }
    }

    private func decode(
        _ request: Request,
        _ context: ServerRequestContext,
        for purpose: MessagesRequest.Purpose
    ) async throws -> MessagesRequest {
        let body = try await JSONBody.read(
            request,
            context: context,
            limit: service.configuration.maxBodyByteCount
        )
        return try MessagesRequest.decode(body, for: purpose, context: service.decoding)
    }
}

/// The answer to one request for a message, streamed or whole.
struct MessageAnswer: GenerationAnswer {
    let service: ModelService
    let generation: ChatGeneration
    let head: ResponseHead

    var run: GenerationRun { generation.run }
    var ending: [UInt8] { [] }

    func stream(into sink: EventSink) async throws {
        var writer = Self.writer()
        var parts = AnswerParts(generation, service: service, endpoint: .chatCompletions, isStreamed: true)
        try await sink.send { writer.begin(head, usage: parts.usage, to: &$0) }
        do {
            try await run.send(&parts, to: sink) { writer.append($0, to: &$1) }
        } catch let error as APIError {
            try await sink.send { writer.fail(error, to: &$0) }
            return
        }
        try await sink.send { bytes in
            writer.endBlock(to: &bytes)
            writer.end(stop(writer, parts), usage: parts.usage, to: &bytes)
        }
    }

    func whole() async throws -> Response {
        var writer = Self.writer()
        var parts = AnswerParts(generation, service: service, endpoint: .chatCompletions, isStreamed: false)
        try await run.forEach { _, event in
            var events: [UInt8] = []
            for part in try parts.parts(of: event) { writer.append(part, to: &events) }
        }
        let response = MessageResponse(
            head: head,
            blocks: writer.blocks,
            stop: stop(writer, parts),
            usage: parts.usage
        )
        return JSONResponse.make(response.body)
    }

    private func stop(_ writer: MessageEventWriter, _ parts: AnswerParts) -> MessageStop {
        MessageStop(parts.finish, hasCalls: writer.hasCalls)
    }

    private static func writer() -> MessageEventWriter { MessageEventWriter { RandomID.hex(32) } }
}
