import Foundation
import MartletHub
import Testing

@Suite struct HubConfigurationTests {
    @Test(arguments: [
        (["HOME": "/u"], "/u/.cache/huggingface/hub"),
        (["HOME": "/u", "XDG_CACHE_HOME": "/x"], "/x/huggingface/hub"),
        (["HOME": "/u", "XDG_CACHE_HOME": "/x", "HF_HOME": "/h/"], "/h/hub"),
        (["HOME": "/u", "HF_HOME": "~/h"], "/u/h/hub"),
        (["HOME": "/u", "HF_HOME": "/h", "HF_HUB_CACHE": "/c"], "/c"),
        (["HOME": "/u", "HF_HOME": "", "HF_HUB_CACHE": ""], "/u/.cache/huggingface/hub"),
    ])
    func findsTheCache(_ environment: [String: String], _ folder: String) throws {
        #expect(try HubConfiguration(environment: environment).cacheFolder == folder)
        let chosen = try HubConfiguration(environment: environment, downloadFolder: "/d")
        #expect(chosen.cacheFolder == "/d")
    }

    @Test func findsTheToken() throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "martlet-token-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        try Data("hf_file\n".utf8).write(to: home.appending(path: "token"))
        try Data("hf_other".utf8).write(to: home.appending(path: "other"))
        var environment = ["HF_HOME": home.path]
        let token = { (given: String?) in try HubConfiguration(environment: environment, token: given).token }
        #expect(try token(nil) == "hf_file")
        environment["HF_TOKEN_PATH"] = home.appending(path: "other").path
        #expect(try token(nil) == "hf_other")
        environment["HF_TOKEN"] = " hf_variable\r\n"
        #expect(try token(nil) == "hf_variable")
        #expect(try token("hf_given") == "hf_given")
        environment["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1"
        #expect(try token(nil) == nil)
        #expect(try token("hf_given") == "hf_given")
        #expect(throws: HubError.invalidToken) { try token("hf_a\r\nHost: evil") }
    }

    @Test(arguments: [
        (nil, "https://huggingface.co"), ("https://mirror.example/", "https://mirror.example"),
        ("http://127.0.0.1:8080/hf//", "http://127.0.0.1:8080/hf"),
    ])
    func readsTheEndpoint(_ text: String?, _ endpoint: String) throws {
        #expect(try HubConfiguration(environment: text.map { ["HF_ENDPOINT": $0] } ?? [:]).endpoint == endpoint)
    }

    @Test(arguments: [
        "mirror.example", "ftp://mirror.example", "https://", "https://user:pass@mirror.example", "http://a b",
    ])
    func refusesOtherEndpoints(_ text: String) {
        #expect(throws: HubError.invalidEndpoint(text)) { try HubConfiguration(environment: ["HF_ENDPOINT": text]) }
    }

    @Test(arguments: [
        (["https_proxy": "http://proxy:3128"], "proxy:3128"),
        (["HTTPS_PROXY": "http://user:p%40ss@proxy.example"], "user:p@ss@proxy.example:80"),
        (["ALL_PROXY": "socks5://proxy"], "proxy:1080"),
        (["HTTPS_PROXY": "proxy:8080", "NO_PROXY": "other.co, hub.co"], "proxy:8080"),
        (["HTTPS_PROXY": "proxy:8080", "NO_PROXY": ".example.org,huggingface.co"], nil),
        (["HTTPS_PROXY": "proxy:8080", "no_proxy": "*"], nil),
        (["HTTPS_PROXY": "proxy:8080", "HF_ENDPOINT": "https://127.0.0.1:1"], nil),
        (["HTTP_PROXY": "proxy:8080"], nil),
        (["HTTP_PROXY": "proxy:8080", "HF_ENDPOINT": "http://mirror.example"], "proxy:8080"),
    ])
    func findsTheProxy(_ environment: [String: String], _ expected: String?) throws {
        let proxy = try HubConfiguration(environment: environment).proxy
        let credentials = proxy?.credentials.map { "\($0.user):\($0.password)@" } ?? ""
        #expect(proxy.map { "\(credentials)\($0.host):\($0.port)" } == expected)
    }

    @Test(arguments: [
        ("1", true), ("ON", true), ("yes", true), ("True", true), ("0", false), ("false", false), ("", false),
    ])
    func readsOffline(_ text: String, _ isOffline: Bool) throws {
        #expect(try HubConfiguration(environment: ["HF_HUB_OFFLINE": text]).isOffline == isOffline)
        #expect(try HubConfiguration(environment: ["TRANSFORMERS_OFFLINE": text]).isOffline == isOffline)
    }
}
