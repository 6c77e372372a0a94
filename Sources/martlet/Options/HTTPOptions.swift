import ArgumentParser
import Foundation
import MartletEngine
import MartletServer

/// The flags that concern the HTTP server and the API.
struct HTTPOptions: ParsableArguments {
    @Option(help: "Address to bind.")
    var host = "127.0.0.1"

    @Option(help: "Port to bind.")
    var port = 8000

    @Option(
        parsing: .upToNextOption,
        help: "Keys that clients must present; several after one flag, or the flag repeated (default: VLLM_API_KEY)."
    )
    var apiKey: [String] = []

    @Flag(help: "Guard /metrics with the key too.")
    var protectMetrics = false

    @Option(
        parsing: .upToNextOption,
        help: "Names the model answers to; the first is reported (default: the model argument)."
    )
    var servedModelName: [String] = []

    @Option(help: "Role of generated chat messages.")
    var responseRole = "assistant"

    @Flag(inversion: .prefixedNo, help: "Let the model decide on tool calls; on wherever a parser is chosen or found.")
    var enableAutoToolChoice = false

    @Option(help: "Format of the model's tool calls, or none (default: what the chat template asks for).")
    var toolCallParser: String?

    @Option(help: "Format of the model's reasoning, or none (default: what the chat template asks for).")
    var reasoningParser: String?

    @Flag(inversion: .prefixedNo, help: "Leave tools out of the prompt where tool_choice is none.")
    var excludeToolsWhenToolChoiceNone = false

    @Option(help: "Tokens of a stream's events, at least; the first and the last event come at once.")
    var streamInterval = 1

    @Flag(help: "Let special tokens in request content keep their meaning.")
    var allowSpecialTokensInContent = false

    @Flag(inversion: .prefixedNo, help: "Let requests bring chat templates of their own.")
    var trustRequestChatTemplate = false

    @Option(parsing: .unconditional, help: "Most log-probabilities of a request; -1 for the vocabulary.")
    var maxLogprobs = 20

    @Option(
        help: """
            What is reported as log-probabilities: raw_logprobs or raw_logits (the model's), \
            processed_logprobs or processed_logits (what tokens are drawn from).
            """
    )
    var logprobsMode = LogprobsMode.rawLogprobs.rawValue

    @Option(help: "Most stop strings of a request.")
    var maxStopStrings = 16

    @Option(help: "Largest request body in bytes.")
    var maxBodySize: HumanInteger = HumanInteger(32 << 20)

    @Option(name: .customLong("h11-max-incomplete-event-size"), help: "Largest header block of a request in bytes.")
    var maxHeaderSize: HumanInteger = HumanInteger(64 << 10)

    @Option(name: .customLong("h11-max-header-count"), help: "Most header fields of a request.")
    var maxHeaderCount = 256

    @Option(help: "Seconds that running requests may go on after SIGTERM.")
    var shutdownTimeout = 30

    @Flag(inversion: .prefixedNo, help: "Show tokens as token_id:ID in log-probabilities.")
    var returnTokensAsTokenIds = false

    @Flag(inversion: .prefixedNo, help: "Send X-Request-Id with responses.")
    var enableRequestIdHeaders = false

    @Flag(inversion: .prefixedNo, help: "Send usage with every stream.")
    var enableForceIncludeUsage = false

    @Flag(inversion: .prefixedNo, help: "Say in usage how many prompt tokens were cached.")
    var enablePromptTokensDetails = false

    @Flag(inversion: .prefixedNo, help: "Say in answers of one choice how long they took.")
    var enablePerRequestMetrics = false

    @Flag(name: .customLong("disable-uvicorn-access-log"), inversion: .prefixedNo, help: "Do not log requests.")
    var disableAccessLog = false

    /// How the model writes tool calls and reasoning.
    ///
    /// - Parameter templateSource: the text of its chat template.
    /// - Returns: what the flags name, else what the template asks for.
    /// - Throws: `ValidationError` for an unknown name.
    func formats(templateSource: String?) throws -> OutputFormats {
        let formats: OutputFormats
        do {
            formats = try OutputFormats(
                toolParser: toolCallParser,
                reasoningParser: reasoningParser,
                templateSource: templateSource
            )
        } catch {
            throw ValidationError("\(error)")
        }
        if enableAutoToolChoice, formats.tool == nil {
            throw ValidationError(
                "--enable-auto-tool-choice needs --tool-call-parser: the chat template shows no known format of calls"
            )
        }
        return formats
    }

    /// The flags as the server's configuration.
    func configuration(model: String) throws -> ServerConfiguration {
        guard (0...65535).contains(port) else { throw ValidationError("--port \(port): expected 0 to 65535") }
        var configuration = ServerConfiguration()
        configuration.host = host
        configuration.port = port
        let environmentKey = ProcessInfo.processInfo.environment["VLLM_API_KEY"]
        configuration.apiKeys = (apiKey + [environmentKey].compactMap { $0 }).filter { !$0.isEmpty }
        configuration.protectsMetrics = protectMetrics
        configuration.servedModelNames = servedModelName.isEmpty ? [model] : servedModelName
        configuration.modelRoot = model
        configuration.responseRole = responseRole
        guard streamInterval >= 1 else {
            throw ValidationError("--stream-interval \(streamInterval): expected at least 1")
        }
        configuration.streamInterval = streamInterval
        configuration.excludesUncallableTools = excludeToolsWhenToolChoiceNone
        configuration.allowsSpecialTokensInContent = allowSpecialTokensInContent
        configuration.trustsRequestTemplates = trustRequestChatTemplate
        configuration.maxLogprobs = maxLogprobs
        configuration.logprobsMode = try mode()
        configuration.maxStopStrings = maxStopStrings
        configuration.maxBodyByteCount = maxBodySize.value
        configuration.maxHeaderByteCount = maxHeaderSize.value
        configuration.maxHeaderCount = maxHeaderCount
        configuration.shutdownTimeout = .seconds(shutdownTimeout)
        configuration.sendsRequestIDHeader = enableRequestIdHeaders
        configuration.showsTokensAsIDs = returnTokensAsTokenIds
        configuration.forcesUsage = enableForceIncludeUsage
        configuration.reportsPromptTokenDetails = enablePromptTokensDetails
        configuration.reportsRequestMetrics = enablePerRequestMetrics
        configuration.logsRequests = !disableAccessLog
        return configuration
    }

    private func mode() throws -> LogprobsMode {
        guard let mode = LogprobsMode(rawValue: logprobsMode) else {
            let names = LogprobsMode.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--logprobs-mode \(logprobsMode): expected one of \(names)")
        }
        return mode
    }
}
