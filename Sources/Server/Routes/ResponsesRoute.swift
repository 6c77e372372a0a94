import FoundationEssentials
import HTTPTypes
import Hummingbird
import MartletEngine
import MartletOpenAIAPI

/// Answers `POST /v1/responses` and what concerns stored responses below it.
struct ResponsesRoute: Sendable {
    let service: ModelService
    let connections: ConnectionRegistry
    let keys: APIKeys
    let store: ResponseStore

    func create(_ request: Request, context: ServerRequestContext) async throws -> Response {
        let body = try await JSONBody.read(
            request,
            context: context,
            limit: service.configuration.maxBodyByteCount
        )
        let decoded = try ResponsesRequest.decode(body, context: service.decoding)
        try service.checkReady()
        let owner = keys.owner(of: request.headers)
        var chat = decoded.chat
        chat.options = try service.options(chat.options, of: request)
        var messages = decoded.input
        if let previous = decoded.previousResponseID {
            let before = try conversation(endingWith: previous, owner)
            messages = before + messages
            let instructions = chat.conversation.messages.dropLast(decoded.input.count)
            chat.conversation.messages = instructions + messages
        }
        let id = try responseID(decoded)
        let generation = try await service.generate(chat, id: id)
        let answer = ResponsesAnswer(
            service: service,
            generation: generation,
            response: ResponseObject(
                id: id,
                created: Int(Date().timeIntervalSince1970),
                model: service.modelName,
                echo: decoded.echo(generation.parameters)
            ),
            storing: decoded.isStored ? .init(store: store, messages: messages, owner: owner) : nil
        )
        if decoded.isBackground { return answer.background() }
        return try await answer.response(
            isStreamed: chat.options.stream,
            connection: service.connection(of: context, in: connections)
        )
    }

    /// `GET /v1/responses/{id}`.
    func retrieve(_ id: String, _ request: Request) throws -> Response {
        if let value = request.uri.queryParameters["stream"], value.lowercased() == "true" {
            throw APIError.badRequest("A stored response is not streamed again.", param: "stream")
        }
        return JSONResponse.make(try store.entry(id, of: keys.owner(of: request.headers)).response.body)
    }

    /// `DELETE /v1/responses/{id}`.
    func delete(_ id: String, _ request: Request) throws -> Response {
        try store.remove(id, of: keys.owner(of: request.headers))
        return JSONResponse.make(DeletedResponse(id: id).body)
    }

    /// `POST /v1/responses/{id}/cancel`.
    func cancel(_ id: String, _ request: Request) throws -> Response {
        JSONResponse.make(try store.cancel(id, of: keys.owner(of: request.headers)).body)
    }

    private func conversation(endingWith id: String, _ owner: APIKeys.Owner) throws(APIError) -> [ChatMessage] {
        let entry = try store.entry(id, of: owner)
        guard entry.abort == nil else {
            throw .badRequest("The response '\(id)' is not complete yet.", param: "previous_response_id")
        }
        return entry.messages
    }

    private func responseID(_ request: ResponsesRequest) throws(APIError) -> String {
        guard let wish = request.chat.options.requestID else { return "resp_" + RandomID.hex(16) }
        let id = wish.hasPrefix("resp_") ? wish : "resp_" + wish
        guard !store.contains(id) else {
            throw .badRequest("A response named \(id) is stored already.", param: "request_id")
        }
        return id
    }
}

extension ResponsesRequest {
    /// What the response repeats, with the values that are in force.
    fileprivate func echo(_ parameters: SamplingParameters) -> ResponseEcho {
        var echo = echo
        // the shortest decimal of the float, not of its double
        func decimal(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }
        echo.temperature = decimal(parameters.temperature)
        echo.topP = decimal(parameters.topP)
        echo.presencePenalty = decimal(parameters.presencePenalty)
        echo.frequencyPenalty = decimal(parameters.frequencyPenalty)
        echo.maxOutputTokens = parameters.maxTokens
        echo.previousResponseID = previousResponseID
        echo.isBackground = isBackground
        return echo
    }
}

/// The answer to one request for a response: streamed, whole or in the background.
struct ResponsesAnswer: GenerationAnswer {
    /// Where the response is kept.
    struct Storing: Sendable {
        let store: ResponseStore
        /// The conversation before the answer, without instructions.
        let messages: [ChatMessage]
        let owner: APIKeys.Owner
    }

    let service: ModelService
    let generation: ChatGeneration
    let response: ResponseObject
    let storing: Storing?

    var run: GenerationRun { generation.run }
    var ending: [UInt8] { [] }

    func stream(into sink: EventSink) async throws {
        var writer = Self.writer()
        var parts = AnswerParts(generation, service: service, endpoint: .responses, isStreamed: true)
        try await sink.send { writer.begin(response, to: &$0) }
        do {
            try await run.send(&parts, to: sink) { writer.append($0, to: &$1) }
        } catch let error as APIError {
            try await sink.send { writer.fail(error, to: &$0) }
            return
        }
        try await sink.send { bytes in
            writer.endItem(to: &bytes)
            writer.end(finished(writer, parts), to: &bytes)
        }
    }

    func whole() async throws -> Response { JSONResponse.make(try await gathered().body) }

    /// The response that tells that the answer is under way.
    func background() -> Response {
        guard let storing else { return JSONResponse.make(response.body) }
        var queued = response
        queued.status = .queued
        let entry = ResponseStore.Entry(
            response: queued,
            messages: storing.messages,
            owner: storing.owner,
            abort: { [run] in run.abort() }
        )
        storing.store.insert(entry)
        service.background.add {
            var entry = entry
            entry.response.status = .inProgress
            storing.store.update(entry)
            do {
                _ = try await gathered()
            } catch {
                run.abort()
                entry.response.status = error is CancellationError ? .cancelled : .failed
                entry.abort = nil
                storing.store.update(entry)
            }
        }
        return JSONResponse.make(queued.body)
    }

    private func gathered() async throws -> ResponseObject {
        var writer = Self.writer()
        var parts = AnswerParts(generation, service: service, endpoint: .responses, isStreamed: false)
        try await run.forEach { _, event in
            var events: [UInt8] = []
            for part in try parts.parts(of: event) { writer.append(part, to: &events) }
        }
        var events: [UInt8] = []
        writer.endItem(to: &events)
        return finished(writer, parts)
    }

    /// The whole response, stored where it is to be.
    private func finished(_ writer: ResponseEventWriter, _ parts: AnswerParts) -> ResponseObject {
        var response = response
        response.output = writer.items
        response.usage = parts.usage
        response.status =
            switch parts.finish.reason {
            case .stop, .toolCalls, .functionCall, .repetition: .completed
            case .length: .incomplete
            case .abort: .cancelled
            }
        guard let storing else { return response }
        var messages = storing.messages
        if !writer.items.isEmpty { messages.append(ResponseItem.message(writer.items)) }
        let entry = ResponseStore.Entry(response: response, messages: messages, owner: storing.owner)
        if response.echo.isBackground { storing.store.update(entry) } else { storing.store.insert(entry) }
        return response
    }

    private static func writer() -> ResponseEventWriter { ResponseEventWriter { $0 + RandomID.hex(16) } }
}
