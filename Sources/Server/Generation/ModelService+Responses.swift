import FoundationEssentials
import HTTPTypes
import Hummingbird
import Martlet
import MartletOpenAIAPI

extension ModelService {
    /// What the responses of a request begin with; the client's `X-Request-Id` wins over the body's id.
    func head(of request: Request, kind: String, requestID: String?) -> ResponseHead {
        let header = HTTPField.Name("X-Request-Id").flatMap { request.headers[$0] }
        let valid = header.flatMap { RequestOptions.isValidRequestID($0) ? $0 : nil }
        let stem = valid ?? requestID ?? RandomID.hex(16)
        return ResponseHead(
            id: "\(kind)-\(stem)",
            created: Int(Date().timeIntervalSince1970),
            model: modelName,
            systemFingerprint: fingerprint
        )
    }

    /// The request's wishes for a stream, with the server's own on top.
    func streamOptions(_ options: RequestOptions) -> StreamOptions {
        var result = options.streamOptions
        if configuration.forcesUsage {
            result.includeUsage = true
            result.continuousUsage = true
        }
        return result
    }

    /// How long a request took, where the server tells.
    func metrics(of counter: UsageCounter) -> RequestMetrics? {
        configuration.reportsRequestMetrics ? counter.metrics : nil
    }

    /// The request's options; the header `X-Vllm-Priority` wins over the body's `priority`.
    ///
    /// - Throws: 400 for a header that is no integer.
    func options(_ options: RequestOptions, of request: Request) throws(APIError) -> RequestOptions {
        guard let text = HTTPField.Name("X-Vllm-Priority").flatMap({ request.headers[$0] }) else { return options }
        guard let priority = Int(text) else {
            throw .badRequest("The header X-Vllm-Priority must be an integer.", param: "priority", value: text)
        }
        var options = options
        options.priority = priority
        return options
    }

    /// The connection that a request came on.
    func connection(of context: ServerRequestContext, in registry: ConnectionRegistry) -> StreamConnection {
        StreamConnection(
            channel: context.channel,
            watch: registry.watch(of: context.channel),
            slowReaderTimeout: configuration.slowReaderTimeout
        )
    }

    /// Names version and model: equal fingerprints mean equal answers for equal seeds.
    var fingerprint: String? {
        switch configuration.fingerprint {
        case .full: "martlet-\(Version.string)-\(configurationHash)"
        case .hash: configurationHash
        case .custom(let text): text
        case .none: nil
        }
    }

    /// Eight hexadecimal digits.
    private var configurationHash: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(model.architecture) \(model.folder.path) \(model.backendName)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash & 0xffff_ffff, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
