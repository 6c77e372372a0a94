import ArgumentParser
import Foundation
import Logging
import MartletJSON
import MartletServer

/// The flags that concern connections, pages of other origins, encryption and logs.
struct NetworkOptions: ParsableArguments {
    @Option(help: "Socket file to listen on, in place of host and port.")
    var uds: String?

    @Option(help: "Path prefix under which a proxy shows the server; requests are answered with and without it.")
    var rootPath = ""

    @Option(
        help: "JSON list of the origins whose pages may read answers, for example [\"https://example.com\"] or [\"*\"]."
    )
    var allowedOrigins = "[]"

    @Option(help: "JSON list of the methods that such pages may use.")
    var allowedMethods = "[\"*\"]"

    @Option(help: "JSON list of the request headers that such pages may send.")
    var allowedHeaders = "[\"*\"]"

    @Flag(inversion: .prefixedNo, help: "Let browsers send cookies and client certificates along.")
    var allowCredentials = false

    @Option(help: "Certificate file in PEM, with those of its issuers; the server then speaks TLS and HTTP/2.")
    var sslCertfile: String?

    @Option(help: "Private key file in PEM (default: the certificate's file).")
    var sslKeyfile: String?

    @Option(help: "Certificates file in PEM that clients' certificates are checked against.")
    var sslCaCerts: String?

    @Option(help: "Client certificates: 0 are not asked for, 1 are checked where shown, 2 are required.")
    var sslCertReqs = 0

    @Option(help: "Ciphers of TLS 1.2 in OpenSSL's notation.")
    var sslCiphers: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Offer the routes that change how the server runs: sleep, pause, reset of caches."
    )
    var enableAdminRoutes = false

    @Flag(inversion: .prefixedNo, help: "Count the requests under way in /load.")
    var enableServerLoadTracking = false

    @Flag(inversion: .prefixedNo, help: "Do not describe the API at /openapi.json.")
    var disableFastapiDocs = false

    @Option(help: "What system_fingerprint tells: full, hash, custom or none.")
    var fingerprintMode = "full"

    @Option(help: "The system_fingerprint of the mode custom.")
    var fingerprintValue: String?

    @Flag(name: .customLong("disable-log-stats"), help: "Leave the engine's series out of /metrics.")
    var disableLogStats = false

    @Option(help: "Paths whose requests are not logged, separated by commas.")
    var disableAccessLogForEndpoints = ""

    @Option(
        name: [.customLong("log-level"), .customLong("uvicorn-log-level")],
        help: "Least severe messages that are logged: trace, debug, info, warning, error or critical."
    )
    var logLevel = "info"

    /// Puts the flags' values into the server's configuration.
    func apply(to configuration: inout ServerConfiguration) throws {
        configuration.unixSocketPath = uds
        configuration.rootPath = try normalizedRootPath()
        configuration.cors.origins = try Self.list(allowedOrigins, flag: "--allowed-origins")
        configuration.cors.methods = try Self.list(allowedMethods, flag: "--allowed-methods")
        configuration.cors.headers = try Self.list(allowedHeaders, flag: "--allowed-headers")
        configuration.cors.allowsCredentials = allowCredentials
        configuration.encryption = try encryption()
        let isDevelopment = ProcessInfo.processInfo.environment["VLLM_SERVER_DEV_MODE"] == "1"
        configuration.hasAdminRoutes = enableAdminRoutes || isDevelopment
        configuration.tracksLoad = enableServerLoadTracking
        configuration.servesDescription = !disableFastapiDocs
        configuration.fingerprint = try fingerprint()
        configuration.exportsEngineMetrics = !disableLogStats
        let paths = disableAccessLogForEndpoints.split(separator: ",").map { $0.filter { $0 != " " } }
        configuration.unloggedPaths = Set(paths)
    }

    /// The least severe messages that are logged.
    func level() throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: logLevel.lowercased()) else {
            throw ValidationError(
                "--log-level \(logLevel): expected trace, debug, info, warning, error or critical"
            )
        }
        return level
    }

    private func normalizedRootPath() throws -> String {
        let path = rootPath.hasSuffix("/") ? String(rootPath.dropLast()) : rootPath
        guard path.isEmpty || path.hasPrefix("/") else {
            throw ValidationError("--root-path \(rootPath): expected a path that begins with /")
        }
        return path
    }

    private static func list(_ text: String, flag: String) throws -> [String] {
        let elements = (try? JSONParser.parse(text))?.array
        guard let elements, case let strings = elements.compactMap(\.string), strings.count == elements.count else {
            throw ValidationError("\(flag) \(text): expected a JSON list of strings, for example [\"*\"]")
        }
        return strings
    }

    private func encryption() throws -> ServerEncryption? {
        guard let sslCertfile else {
            let stray = [("--ssl-keyfile", sslKeyfile), ("--ssl-ca-certs", sslCaCerts), ("--ssl-ciphers", sslCiphers)]
                .first { $0.1 != nil }
            if let stray { throw ValidationError("\(stray.0) needs --ssl-certfile") }
            return nil
        }
        guard let certificates = ServerEncryption.ClientCertificates(rawValue: sslCertReqs) else {
            throw ValidationError("--ssl-cert-reqs \(sslCertReqs): expected 0, 1 or 2")
        }
        if certificates != .ignored, sslCaCerts == nil {
            throw ValidationError(
                "--ssl-cert-reqs \(sslCertReqs) needs --ssl-ca-certs, which clients are checked against"
            )
        }
        var encryption = ServerEncryption(certificateFile: sslCertfile, keyFile: sslKeyfile)
        encryption.clientAuthorityFile = sslCaCerts
        encryption.clientCertificates = certificates
        encryption.ciphers = sslCiphers
        return encryption
    }

    private func fingerprint() throws -> FingerprintMode {
        switch (fingerprintMode, fingerprintValue) {
        case ("full", nil): return .full
        case ("hash", nil): return .hash
        case ("none", nil): return .none
        case ("custom", let value?): return .custom(value)
        case ("custom", nil): throw ValidationError("--fingerprint-mode custom needs --fingerprint-value")
        case ("full", _), ("hash", _), ("none", _):
            throw ValidationError("--fingerprint-value needs --fingerprint-mode custom")
        default:
            throw ValidationError("--fingerprint-mode \(fingerprintMode): expected full, hash, custom or none")
        }
    }
}
