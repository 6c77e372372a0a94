import FoundationEssentials

/// An absolute `http` or `https` address without user name.
struct WebAddress: Hashable, Sendable {
    /// The address as text.
    let text: String
    /// Scheme, host and port: what a token may be sent to.
    let origin: Origin

    /// Scheme, host in lower case, and port, the default one filled in.
    struct Origin: Hashable, Sendable {
        /// Whether the connection is encrypted.
        let isSecure: Bool
        /// The host in lower case.
        let host: String
        /// The port.
        let port: Int
    }

    /// The address, or `nil` when the text is none.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URL(string: text) else { return nil }
        self.init(url)
    }

    private init?(_ url: URL) {
        guard let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host(percentEncoded: false)?.lowercased(), !host.isEmpty,
            url.user(percentEncoded: true) == nil, url.password(percentEncoded: true) == nil
        else { return nil }
        let isSecure = scheme == "https"
        text = url.absoluteString
        origin = Origin(isSecure: isSecure, host: host, port: url.port ?? (isSecure ? 443 : 80))
    }

    /// The address that a `Location` header means when it comes from this one.
    func resolving(_ location: String) -> WebAddress? {
        guard location.utf8.count <= 16 << 10, location.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let base = URL(string: text), let url = URL(string: location, relativeTo: base)
        else { return nil }
        return WebAddress(url.absoluteURL)
    }

    /// The text with every byte escaped that is not unreserved, a slash included.
    static func escaped(_ component: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in component.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes.append(contentsOf: [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
