import FoundationEssentials

/// Where models come from and where they are kept, as the Hugging Face environment variables say.
package struct HubConfiguration: Sendable {
    /// The hub's address, without a slash at the end.
    package var endpoint: String
    /// The folder of the cache; it holds `models--ORG--NAME` folders.
    package var cacheFolder: String
    /// The access token, sent to the endpoint and to nobody else.
    package var token: String?
    /// Whether the network must not be used.
    package var isOffline: Bool
    /// What stands between here and the hub, if anything.
    package var proxy: HubProxy?
    /// How many files are downloaded at a time.
    package var concurrentDownloads = 4
    /// How often a request is tried that brings no bytes.
    package var maximumAttempts = 5
    /// The pause before the second attempt; it doubles with each one.
    package var retryDelay: Duration = .milliseconds(500)
    /// How long a connection may take to open.
    package var connectTimeout: Duration = .seconds(10)
    /// How long a connection may stay silent.
    package var readTimeout: Duration = .seconds(30)

    /// The configuration that the environment asks for.
    ///
    /// The cache is `downloadFolder`, else `HF_HUB_CACHE`, else `HF_HOME/hub`, else `XDG_CACHE_HOME/huggingface/hub`, else
    /// `~/.cache/huggingface/hub`. The token is the one given, else `HF_TOKEN`, else the file `HF_TOKEN_PATH`, else
    /// `HF_HOME/token`. Proxies are found as `HubProxy` says. An empty variable counts as absent.
    ///
    /// - Parameters:
    ///   - environment: the variables of the process.
    ///   - token: an access token that goes before the environment's.
    ///   - downloadFolder: a cache folder that goes before the environment's.
    /// - Throws: `HubError.invalidEndpoint`, `.invalidToken`, or `.fileSystem` when the token file cannot be read.
    package init(
        environment: [String: String],
        token: String? = nil,
        downloadFolder: String? = nil
    ) throws(HubError) {
        let variables = Variables(environment)
        let home =
            variables.path("HF_HOME")
            ?? (variables.path("XDG_CACHE_HOME") ?? "\(variables.userFolder)/.cache") + "/huggingface"
        cacheFolder =
            downloadFolder.flatMap { $0.isEmpty ? nil : variables.expanded($0) }
            ?? variables.path("HF_HUB_CACHE") ?? variables.path("HUGGINGFACE_HUB_CACHE") ?? home + "/hub"
        endpoint = try Self.endpoint(variables.text("HF_ENDPOINT") ?? "https://huggingface.co")
        proxy = HubProxy(environment: environment, endpoint: endpoint)
        isOffline = variables.isTrue("HF_HUB_OFFLINE") || variables.isTrue("TRANSFORMERS_OFFLINE")
        self.token = try Self.token(token, variables, home: home)
    }

    private static func endpoint(_ text: String) throws(HubError) -> String {
        var endpoint = text
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        guard WebAddress(endpoint) != nil else { throw .invalidEndpoint(text) }
        return endpoint
    }

    private static func token(
        _ given: String?,
        _ variables: Variables,
        home: String
    ) throws(HubError) -> String? {
        if let token = try cleaned(given) { return token }
        if variables.isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") { return nil }
        if let token = try cleaned(variables.text("HF_TOKEN") ?? variables.text("HUGGING_FACE_HUB_TOKEN")) {
            return token
        }
        let path = variables.path("HF_TOKEN_PATH") ?? home + "/token"
        guard let bytes = try FileSystem.read(path, limit: 64 << 10) else { return nil }
        return try cleaned(String(decoding: bytes, as: UTF8.self))
    }

    /// The token without white space around it, or `nil` when nothing is left.
    private static func cleaned(_ text: String?) throws(HubError) -> String? {
        guard let text else { return nil }
        let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let bytes = Array(text.utf8.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .invalidToken }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

/// Environment variables; an empty one counts as absent.
private struct Variables {
    private let values: [String: String]

    init(_ values: [String: String]) {
        self.values = values
    }

    var userFolder: String { text("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path }

    func text(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func isTrue(_ name: String) -> Bool {
        ["1", "on", "yes", "true"].contains(text(name)?.lowercased())
    }

    func path(_ name: String) -> String? { text(name).map(expanded) }

    /// The path with a leading `~` replaced and without slashes at the end.
    func expanded(_ path: String) -> String {
        var path = path
        if path == "~" || path.hasPrefix("~/") { path = userFolder + path.dropFirst() }
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
