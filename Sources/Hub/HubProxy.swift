import FoundationEssentials

/// A proxy between here and the hub.
package struct HubProxy: Sendable, Hashable {
    /// How the proxy is spoken to.
    package enum Kind: Sendable, Hashable {
        /// HTTP, with `CONNECT` for encrypted connections.
        case http
        /// SOCKS 5 without a password.
        case socks
    }

    /// How the proxy is spoken to.
    package let kind: Kind
    /// The proxy's host.
    package let host: String
    /// The proxy's port.
    package let port: Int
    /// The user name and password, when the proxy wants them.
    package let credentials: Credentials?

    /// A user name and a password.
    package struct Credentials: Sendable, Hashable {
        /// The user name.
        package let user: String
        /// The password.
        package let password: String
    }

    /// The proxy that `https_proxy`, `http_proxy` or `all_proxy` names for the endpoint, in small or capital letters.
    ///
    /// None is used for this machine, nor for a host that `no_proxy` lists: as it is, as the end of its name, or as `*`.
    init?(environment: [String: String], endpoint: String) {
        let variable = { (name: String) in
            (environment[name] ?? environment[name.uppercased()]).flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let origin = WebAddress(endpoint)?.origin, !Self.isLoopback(origin.host),
            !Self.isExcluded(origin.host, variable("no_proxy") ?? ""),
            let text = variable(origin.isSecure ? "https_proxy" : "http_proxy") ?? variable("all_proxy"),
            let url = URL(string: text.contains("://") ? text : "http://\(text)"),
            let scheme = url.scheme?.lowercased(), let host = url.host(percentEncoded: false), !host.isEmpty
        else { return nil }
        switch scheme {
        case "http": kind = .http
        case "socks", "socks5", "socks5h": kind = .socks
        default: return nil
        }
        self.host = host
        port = url.port ?? (kind == .http ? 80 : 1080)
        credentials = url.user(percentEncoded: false).map {
            Credentials(user: $0, password: url.password(percentEncoded: false) ?? "")
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    private static func isExcluded(_ host: String, _ list: String) -> Bool {
        list.lowercased().split(whereSeparator: { $0 == "," || $0 == " " }).contains { entry in
            let name = entry.hasPrefix(".") ? entry.dropFirst() : entry
            return entry == "*" || host == name || host.hasSuffix(".\(name)")
        }
    }
}
