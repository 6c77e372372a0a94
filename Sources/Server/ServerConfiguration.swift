package import MartletEngine

/// How the server listens and whom it answers.
package struct ServerConfiguration: Sendable {
    /// The address to bind; loopback unless told otherwise.
    package var host = "127.0.0.1"
    /// The port; 0 lets the system choose.
    package var port = 8000
    /// The socket file to listen on in place of an address.
    package var unixSocketPath: String?
    /// The path prefix under which a proxy shows the server: requests are answered with and without it.
    package var rootPath = ""
    /// Which pages of other origins may read the answers.
    package var cors = CORSPolicy()
    /// The certificate and key of an encrypted server.
    package var encryption: ServerEncryption?
    /// The keys that are accepted; empty for no authentication.
    package var apiKeys: [String] = []
    /// Whether `/metrics` wants a key too.
    package var protectsMetrics = false
    /// The names the model answers to; the first is reported.
    package var servedModelNames: [String] = []
    /// What `GET /v1/models` reports as the model's root.
    package var modelRoot = ""
    /// The largest request body in bytes.
    package var maxBodyByteCount = 32 << 20
    /// The largest header block in bytes.
    package var maxHeaderByteCount = 64 << 10
    /// The most header fields of a request.
    package var maxHeaderCount = 256
    /// The most connections at once.
    package var maxConnections = 4096
    /// How long a request may take to arrive, and an idle connection may stay.
    package var idleTimeout: Duration = .seconds(30)
    /// How long a reader may take nothing before it is dropped.
    package var slowReaderTimeout: Duration = .seconds(30)
    /// How long running requests may go on after SIGTERM.
    package var shutdownTimeout: Duration = .seconds(30)
    /// The most stop strings of a request.
    package var maxStopStrings = 16
    /// The most log-probabilities of a request; −1 for the vocabulary.
    package var maxLogprobs = 20
    /// What is reported as log-probabilities.
    package var logprobsMode = LogprobsMode.rawLogprobs
    /// Whether special tokens in request content keep their meaning, as the reference has it.
    package var allowsSpecialTokensInContent = false
    /// Whether requests may bring chat templates of their own.
    package var trustsRequestTemplates = false
    /// The role of generated chat messages.
    package var responseRole = "assistant"
    /// How the model writes tool calls and reasoning.
    package var formats = OutputFormats()
    /// Whether the chat template is not told of tools that must not be called.
    package var excludesUncallableTools = false
    /// The least number of tokens of a stream's events, where a request does not say.
    package var streamInterval = 1
    /// The most responses that `/v1/responses` keeps for later requests.
    package var maxStoredResponses = 1024
    /// The most bytes of these responses and their conversations.
    package var maxStoredResponseByteCount = 64 << 20
    /// Whether finished requests are logged.
    package var logsRequests = true
    /// Paths whose requests are not logged.
    package var unloggedPaths: Set<String> = []
    /// Whether the engine's series are part of `/metrics`.
    package var exportsEngineMetrics = true
    /// Whether there are routes that change how the server runs.
    package var hasAdminRoutes = false
    /// Whether `/load` counts.
    package var tracksLoad = false
    /// Whether the API's description is served at `/openapi.json`.
    package var servesDescription = true
    /// Whether log-probabilities show tokens as `token_id:ID` for every request.
    package var showsTokensAsIDs = false
    /// What `system_fingerprint` tells.
    package var fingerprint = FingerprintMode.full
    /// Whether responses carry `X-Request-Id`.
    package var sendsRequestIDHeader = false
    /// Whether every stream carries usage.
    package var forcesUsage = false
    /// Whether usage says how many prompt tokens were cached.
    package var reportsPromptTokenDetails = false
    /// Whether answers of one choice say how long they took.
    package var reportsRequestMetrics = false

    /// The defaults.
    package init() {}

    /// Where the server answers, for people.
    package func url(port: Int) -> String {
        if let unixSocketPath { return "unix:\(unixSocketPath)" }
        return "\(encryption == nil ? "http" : "https")://\(host):\(port)"
    }
}

/// What `system_fingerprint` tells of the server.
package enum FingerprintMode: Sendable, Hashable {
    /// Version and a hash of the configuration.
    case full
    /// The hash alone.
    case hash
    /// A given text.
    case custom(String)
    /// Nothing.
    case none
}
