import ArgumentParser
import Foundation
import MartletJSON

/// Where a load goes and what its requests have in common: vLLM's names.
struct LoadOptions: ParsableArguments {
    /// The values of `--backend`.
    enum Backend: String, ExpressibleByArgument, CaseIterable {
        case openai
        case vllm
        case openaiChat = "openai-chat"
    }

    @Option(help: "The API to speak: openai and vllm are completions, openai-chat is chat completions.")
    var backend: Backend?

    @Option(help: "URL of the server, when it is not http://HOST:PORT.")
    var baseUrl: String?

    @Option(help: "Host of the server.")
    var host = "127.0.0.1"

    @Option(help: "Port of the server.")
    var port = 8000

    @Option(help: "Route (default: /v1/completions, or /v1/chat/completions with --backend openai-chat).")
    var endpoint: String?

    @Option(help: "Name of the model (default: the first that the server lists).")
    var model: String?

    @Option(help: "Name of the model in requests, when --model is something else.")
    var servedModelName: String?

    @Option(help: "Key for the server (default: OPENAI_API_KEY).")
    var apiKey: String?

    @Option(parsing: .upToNextOption, help: "Headers of every request, as KEY=VALUE.")
    var header: [String] = []

    @Flag(help: "Generate as many tokens as asked for, past the end-of-sequence token.")
    var ignoreEos = false

    @Option(help: "Log-probabilities per token to ask for.")
    var logprobs: Int?

    @Option(help: "Sampling temperature.")
    var temperature = 0.0

    @Option(help: "Sampling parameter top_p.")
    var topP: Double?

    @Option(help: "Sampling parameter top_k.")
    var topK: Int?

    @Option(help: "Sampling parameter min_p.")
    var minP: Double?

    @Option(help: "Sampling parameter presence_penalty.")
    var presencePenalty: Double?

    @Option(help: "Sampling parameter frequency_penalty.")
    var frequencyPenalty: Double?

    @Option(help: "Sampling parameter repetition_penalty.")
    var repetitionPenalty: Double?

    @Option(help: "JSON object whose members are added to the body of every request.")
    var extraBody: String?

    /// Which API the flags mean.
    var api: LoadTarget.API {
        switch backend {
        case .openaiChat: .chat
        case .openai, .vllm: .completions
        case nil: endpoint?.hasSuffix("/chat/completions") == true ? .chat : .completions
        }
    }

    /// The server without a route.
    var serverURL: String {
        guard let baseUrl else { return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
        return baseUrl.hasSuffix("/") ? String(baseUrl.dropLast()) : baseUrl
    }

    func validate() throws {
        guard (1...65_535).contains(port) else { throw ValidationError("--port \(port): expected 1 to 65535") }
        if let baseUrl {
            let url = URL(string: baseUrl)
            guard let scheme = url?.scheme, ["http", "https"].contains(scheme), url?.host() != nil else {
                throw ValidationError("--base-url \(baseUrl): expected http://HOST:PORT or https://HOST")
            }
        }
        _ = try headers
        _ = try body
    }

    /// The headers of every request.
    var headers: [(name: String, value: String)] {
        get throws {
            var headers: [(name: String, value: String)] = []
            if let key = apiKey ?? ProcessInfo.processInfo.environment["OPENAI_API_KEY"], !key.isEmpty {
                headers.append(("Authorization", "Bearer \(key)"))
            }
            for text in header {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, !parts[0].isEmpty else {
                    throw ValidationError("--header \(text): expected KEY=VALUE")
                }
                headers.append((String(parts[0]), String(parts[1])))
            }
            return headers
        }
    }

    /// What the bodies have in common.
    private var body: JSONObject {
        get throws {
            var body = JSONObject([("temperature", .double(temperature))])
            if ignoreEos { body["ignore_eos"] = true }
            if let logprobs {
                body["logprobs"] = api == .chat ? true : .integer(logprobs)
                if api == .chat { body["top_logprobs"] = .integer(logprobs) }
            }
            if let topK { body["top_k"] = .integer(topK) }
            let numbers = [
                ("top_p", topP), ("min_p", minP), ("presence_penalty", presencePenalty),
                ("frequency_penalty", frequencyPenalty), ("repetition_penalty", repetitionPenalty),
            ]
            for (name, value) in numbers { if let value { body[name] = .double(value) } }
            if let extraBody {
                guard let object = (try? JSONParser.parse(extraBody))?.object else {
                    throw ValidationError("--extra-body \(extraBody): expected a JSON object")
                }
                for member in object { body[member.key] = member.value }
            }
            return body
        }
    }

    /// The target; asks the server for its first model where none is named.
    func target() async throws -> LoadTarget {
        let headers = try headers
        var name = servedModelName ?? model
        if name == nil { name = try await LoadClient.firstModel(baseURL: serverURL, headers: headers) }
        let route = endpoint ?? api.endpoint
        return LoadTarget(
            url: serverURL + (route.hasPrefix("/") ? route : "/" + route),
            api: api,
            model: name ?? "",
            headers: headers,
            body: try body
        )
    }
}
